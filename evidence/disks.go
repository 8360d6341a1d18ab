package evidence

import (
	"slices"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// typeDisks is the type of the fact of this file: whether the block devices of a machine are encrypted.
const typeDisks = "onus::Disks"

const typeVolume = "AWS::EC2::Volume"

// disks derives onus::Disks of an instance, a launch template, a launch configuration or a volume.
//
// Each device that the resource describes is an entry. The root device of an instance that describes none is one too,
// for EC2 makes it from the image, unencrypted unless the image's snapshot is encrypted. Where the input turns on
// encryption by default, every device is encrypted.
func (g *Gatherer) disks(r *inventory.Resource) Part {
	s := disks{from: r}
	s.byDefault, s.defaultAt = g.encryptedByDefault(r.Scope)
	switch r.Type {
	case typeVolume:
		s.add(typeVolume, "volume", r.Properties)
	case typeInstance:
		s.mappings(typeInstance+".BlockDeviceMappings", r.Get("BlockDeviceMappings"))
		s.rootOf(g, r)
	case typeLaunchTemplate:
		s.mappings(typeLaunchTemplate+".LaunchTemplateData.BlockDeviceMappings", r.Get("LaunchTemplateData.BlockDeviceMappings"))
		s.rootOf(g, r)
	case typeLaunchConfig:
		s.mappings(typeLaunchConfig+".BlockDeviceMappings", r.Get("BlockDeviceMappings"))
		s.rootOf(g, r)
	default:
		return Part{}
	}
	value := fact(inventory.Property{Name: "Devices", Value: inventory.ListValue(s.devices, r.Origin)})
	because := s.bare
	if len(because) == 0 {
		because = s.rest
	}
	return Part{Value: value, Because: because, Resources: []*inventory.Resource{r}}
}

// encryptedByDefault tells whether an input encrypts every new volume.
func (g *Gatherer) encryptedByDefault(scope string) (answer, inventory.Value) {
	for _, r := range g.ix.OfType("AWS::EC2::EbsEncryptionByDefault") {
		if r.Scope != scope || r.Lookup {
			continue
		}
		v := r.Get("Enabled")
		switch on, ok := v.Bool(); {
		case v.IsNull(), ok && on:
			return yes, inventory.BoolValue(true, r.Origin)
		case v.IsUnknown():
			return maybe, v
		}
	}
	return no, inventory.Value{}
}

// disks collects devices, with the evidence of those that are not encrypted, or may not be, apart.
type disks struct {
	from       *inventory.Resource
	byDefault  answer
	defaultAt  inventory.Value
	devices    []inventory.Value
	names      []string
	bare, rest []workload.Evidence
}

// mappings takes the entries of a list of block device mappings.
func (s *disks) mappings(property string, v inventory.Value) {
	for _, m := range flat(v, 0) {
		switch {
		case m.IsNull():
		case m.IsUnknown():
			s.devices = append(s.devices, m)
			s.names = append(s.names, "")
			s.bare = append(s.bare, workload.Evidence{Property: property, Value: m})
		case m.Get("Ebs").IsNull():
			// an instance store, or a device that is taken away
		default:
			name, _ := m.Get("DeviceName").Text()
			s.add(property+".Ebs", name, m.Get("Ebs"))
		}
	}
}

// add takes one device with what is said about it.
func (s *disks) add(property, name string, v inventory.Value) {
	encrypted := v.Get("Encrypted")
	key := v.Get("KmsKeyId")
	switch {
	case s.byDefault == yes:
		encrypted = s.defaultAt
	case encrypted.IsNull() && (!v.Get("SnapshotId").IsNull() || !v.Get("SourceVolumeId").IsNull()):
		why := inventory.Step{Name: "the snapshot that it is made from", Note: "is not in the input", At: v.Origin()}
		encrypted = inventory.UnknownValue(v.Origin(), why)
	case encrypted.IsNull() && s.byDefault == maybe:
		encrypted = s.defaultAt
	case encrypted.IsNull() && !key.IsNull() && s.from.Type != typeVolume:
		encrypted = inventory.BoolValue(true, key.Origin())
	case encrypted.IsNull():
		encrypted = inventory.BoolValue(false, v.Origin())
	}
	s.names = append(s.names, name)
	s.devices = append(s.devices, inventory.MapValue([]inventory.Property{
		{Name: "Encrypted", Value: encrypted}, {Name: "Name", Value: inventory.StringValue(name, v.Origin())},
	}, v.Origin()))
	shown := workload.Evidence{Property: property + ".Encrypted", Value: encrypted}
	if on, ok := encrypted.Bool(); ok && on {
		s.rest = append(s.rest, shown)
		return
	}
	s.bare = append(s.bare, shown)
}

// rootDevices are the names that images of AWS give the root device.
var rootDevices = []string{"/dev/xvda", "/dev/sda1", "/dev/sda", "xvda", "sda1"}

// rootOf takes the root device, as Terraform describes it apart, or as nothing describes it.
func (s *disks) rootOf(g *Gatherer, r *inventory.Resource) {
	property := r.Type + ".RootBlockDevice"
	root := flat(r.Get("RootBlockDevice"), 0)
	if len(root) == 1 && !root[0].IsNull() {
		if root[0].IsUnknown() {
			s.devices = append(s.devices, root[0])
			s.bare = append(s.bare, workload.Evidence{Property: property, Value: root[0]})
			return
		}
		s.add(property, "root", root[0])
		return
	}
	if slices.ContainsFunc(s.names, func(name string) bool { return name == "" || slices.Contains(rootDevices, name) }) {
		return
	}
	if r.Type == typeInstance && !r.Get("LaunchTemplate").IsNull() {
		return // the template may describe it, and is judged itself
	}
	if r.Type != typeInstance && (len(s.names) > 0 || r.Get("LaunchTemplateData.ImageId").IsNull() && r.Type == typeLaunchTemplate) {
		return // the device of an image whose root has another name, or of whoever uses the template
	}
	for _, image := range g.ix.Follow(r, r.Get("ImageId")) {
		if !image.Lookup {
			why := inventory.Step{Name: image.Address, Note: "may be encrypted", At: image.Origin}
			s.add(property, "root", inventory.MapValue([]inventory.Property{{Name: "Encrypted", Value: inventory.UnknownValue(r.Origin, why)}}, r.Origin))
			return
		}
	}
	s.add(property, "root", inventory.MapValue(nil, r.Origin))
}
