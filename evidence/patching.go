package evidence

import (
	"regexp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// typePatching is the type of the fact of this file: what gets fixes of the operating system onto machines.
const typePatching = "onus::Patching"

const (
	typeInstance       = "AWS::EC2::Instance"
	typeScalingGroup   = "AWS::AutoScaling::AutoScalingGroup"
	typeSpotFleet      = "AWS::EC2::SpotFleet"
	typeFleet          = "AWS::EC2::EC2Fleet"
	typeLightsail      = "AWS::Lightsail::Instance"
	typeBatch          = "AWS::Batch::ComputeEnvironment"
	typeLaunchTemplate = "AWS::EC2::LaunchTemplate"
	typeLaunchConfig   = "AWS::AutoScaling::LaunchConfiguration"
	typeImage          = "onus::MachineImage"
)

// answer is whether something is so, in three values.
type answer uint8

const (
	no answer = iota
	maybe
	yes
)

// addPatching registers the role of this file among the derived facts.
func addPatching(to map[string]derivation) {
	to["patching"] = derivation{typePatching, (*Dossier).patching}
}

// patching derives onus::Patching of the machines of a workload.
//
// Ways names each way in which fixes reach them: a patch order of Systems Manager that takes them in, an updater that
// their user data starts, the updater of Bottlerocket, or images that are kept current together with something that
// replaces the machines. The list is unknown when there are only ways that may be there, and empty when there is none.
func (d *Dossier) patching() Part {
	m := d.machines()
	if m == nil {
		return Part{}
	}
	var w ways
	d.ordered(m, &w)
	d.selfUpdating(m, &w)
	d.bottlerocket(&w)
	d.replaced(m, &w)
	if len(w.names) == 0 {
		nothing := "none: no patch association, window, updater or regular replacement"
		w.because = append(w.because, workload.Evidence{Property: typePatching + ".Ways", Value: inventory.StringValue(nothing, m.root.Origin)})
	}
	value := fact(inventory.Property{Name: "Ways", Value: certainOr(w.names, m.root.Origin, w.why)})
	return Part{Value: value, Because: w.because, Resources: []*inventory.Resource{m.root}, Why: w.why}
}

// ways collects what patches, and what may.
type ways struct {
	names   []inventory.Value
	because []workload.Evidence
	why     []inventory.Step
}

// add takes a way that surely is there, with the property that shows it.
func (w *ways) add(name, property string, at inventory.Value) {
	w.names = append(w.names, inventory.StringValue(name, at.Origin()))
	shown := inventory.StringValue(name, at.Origin())
	if assumed := at.Assumed(); len(assumed) > 0 {
		shown = shown.WithMeta(&inventory.Meta{Assumed: assumed})
	}
	w.because = append(w.because, workload.Evidence{Property: property, Value: shown})
}

// open takes a way that may be there.
func (w *ways) open(property string, at inventory.Value, why ...inventory.Step) {
	if len(why) == 0 {
		why = unresolved(at, property)
	}
	unknown := inventory.UnknownValue(at.Origin(), why...)
	w.names = append(w.names, unknown)
	w.because = append(w.because, workload.Evidence{Property: property, Value: unknown})
	w.why = append(w.why, why...)
}

// ofType returns the workload's resource of a type: its root, else the part in the first role that has it.
func (d *Dossier) ofType(typ string) *inventory.Resource {
	if root := d.Workload.Root; root != nil && root.Type == typ {
		for _, role := range sortedRoles(d.Workload.Parts) {
			if r := d.Own(role, typ); r != nil && r.Address == root.Address {
				return r // with what is laid over it
			}
		}
		return root
	}
	for _, role := range sortedRoles(d.Workload.Parts) {
		if r := d.Own(role, typ); r != nil {
			return r
		}
	}
	return nil
}

// machines are the machines of a workload: what launches them, and from what.
type machines struct {
	root *inventory.Resource
	// from are the root, its launch template and its launch configuration: what holds image and user data.
	from []*inventory.Resource
	// missing says why some of it cannot be read.
	missing []inventory.Step
	tags    machineTags
}

// machines finds what launches the workload's machines; nil when it has none.
func (d *Dossier) machines() *machines {
	var root *inventory.Resource
	for _, typ := range []string{typeInstance, typeScalingGroup, typeSpotFleet, typeFleet, typeLightsail, typeBatch} {
		if root = d.ofType(typ); root != nil {
			break
		}
	}
	if root == nil {
		return nil
	}
	m := &machines{root: root, from: []*inventory.Resource{root}}
	for _, part := range []struct{ role, typ string }{{"launchTemplate", typeLaunchTemplate}, {"launchConfiguration", typeLaunchConfig}} {
		p := d.Part(part.role, part.typ)
		switch {
		case p.Value.IsUnknown():
			m.missing = append(m.missing, p.Why...)
		case len(p.Resources) == 1:
			m.from = append(m.from, p.Resources[0])
		}
	}
	m.tags = launchTags(m.from)
	return m
}

// launchProperty returns where a resource that launches machines says a thing: a launch template says it deeper.
func launchProperty(r *inventory.Resource, name string) string {
	if r.Type == typeLaunchTemplate {
		return "LaunchTemplateData." + name
	}
	switch {
	case r.Type == typeSpotFleet:
		return "SpotFleetRequestConfigData.LaunchSpecifications." + name
	case r.Type == typeBatch && name == "ImageId":
		return "ComputeResources.Ec2Configuration.ImageIdOverride"
	case r.Type == typeBatch:
		return "ComputeResources." + name
	}
	return name
}

// selfUpdaters are services that update a machine by themselves, as user data installs or starts them.
var (
	selfUpdaters = regexp.MustCompile(`(?i)unattended[-_]upgrades|dnf5?-automatic|yum-cron|apply_updates\s*=\s*yes|transactional-update\.timer`)
	updaterOff   = regexp.MustCompile(`(?im)^.*\b(remove|purge|disable|stop|mask|uninstall)\b.*(unattended[-_]upgrades|dnf5?-automatic|yum-cron).*$`)
	// bootUpdates bring a machine up to date once, when it starts.
	bootUpdates = regexp.MustCompile(`(?i)\b(yum|dnf|microdnf)\s+(-\S+\s+)*(update|upgrade)\b(\s+-\S+)*\s*($|[\n;&|])|\bapt(-get)?\s+(-\S+\s+)*(upgrade|dist-upgrade|full-upgrade)\b|\bpackage_upgrade\s*:\s*true|\bzypper\s+(-\S+\s+)*(update|patch)\b|Install-WindowsUpdate`)
)

// selfUpdating looks for updaters in user data. User data that is not known may start one.
func (d *Dossier) selfUpdating(m *machines, w *ways) {
	for _, r := range m.from {
		for _, v := range below(r.Properties, launchProperty(r, "UserData")) {
			texts := workload.UserDataTexts(d.g.ix, r, v)
			if len(texts) == 0 && v.IsUnknown() {
				w.open(r.Type+".UserData", v)
				continue
			}
			if hit := findIn(texts, selfUpdaters, updaterOff); hit != "" {
				w.add("user data starts "+strings.ToLower(hit), r.Type+".UserData", v)
			}
		}
	}
}

// findIn returns the first match in texts and what is encoded in them, after lines that match without are taken out.
func findIn(texts []string, what, without *regexp.Regexp) string {
	hit := ""
	for _, text := range texts {
		workload.Unpack(text, func(plain string) {
			if len(plain) > maxScript {
				plain = plain[:maxScript]
			}
			if without != nil {
				plain = without.ReplaceAllString(plain, "")
			}
			if hit == "" {
				hit = what.FindString(plain)
			}
		})
	}
	return hit
}

// bottlerocket takes the updater of Bottlerocket, when the image is Bottlerocket's and the input installs it.
func (d *Dossier) bottlerocket(w *ways) {
	image := d.Part("image", typeImage)
	updater := image.Value.Get("Updater")
	if on, ok := updater.Bool(); ok && on {
		w.add("the updater of Bottlerocket", typeImage+".Updater", updater)
	}
}

// replaced takes machines that boot a current image and are replaced by themselves. For a group a current image alone
// may do, when something outside of the input replaces its machines often enough; a machine of its own stays as it is.
func (d *Dossier) replaced(m *machines, w *ways) {
	if len(m.missing) > 0 {
		w.open(m.root.Type+".LaunchTemplate", inventory.NullValue(m.root.Origin), m.missing...)
		return
	}
	fresh, boot := d.freshImage(m), d.bootUpdate(m)
	by := d.replacement(m)
	switch {
	case fresh.property != "" && by.property != "":
		w.add(by.name+", from "+fresh.name, by.property, by.value)
	case boot.property != "" && by.property != "" && !by.onChange:
		w.add(by.name+", and "+boot.name, by.property, by.value)
	case fresh.property != "" && m.root.Type != typeInstance:
		w.open(fresh.property, fresh.value, inventory.Step{Name: "how often machines are replaced", Note: "is not in the input", At: fresh.value.Origin()})
	}
}

// sign is a property that shows something; without a property there is none.
type sign struct {
	name, property string
	value          inventory.Value
	// onChange is set for a replacement that only a new image or template starts.
	onChange bool
}

// freshImage finds what keeps the image current: a lookup of the latest, or a pipeline that builds it again and again.
func (d *Dossier) freshImage(m *machines) sign {
	tracking := d.Part("image", typeImage)
	if on, ok := tracking.Value.Get("Tracking").Bool(); ok && on {
		return sign{name: "an image looked up at each launch", property: typeImage + ".Tracking", value: tracking.Value.Get("Tracking")}
	}
	if latest := m.root.Get("ComputeResources.UpdateToLatestImageVersion"); m.root.Type == typeBatch {
		if on, ok := latest.Bool(); ok && on {
			return sign{name: "the latest image at each update", property: typeBatch + ".ComputeResources.UpdateToLatestImageVersion", value: latest}
		}
	}
	for _, r := range m.from {
		path := launchProperty(r, "ImageId")
		for _, v := range below(r.Properties, path) {
			if name := d.looksUp(r, v); name != "" {
				return sign{name: name, property: r.Type + "." + path, value: v}
			}
		}
	}
	for _, template := range m.from {
		if template.Type != typeLaunchTemplate {
			continue
		}
		for _, pipeline := range d.g.ix.OfType("AWS::ImageBuilder::ImagePipeline") {
			if scheduledPipeline(pipeline) && d.feeds(pipeline, template) {
				return sign{name: "an image that a pipeline builds on a schedule", property: pipeline.Type + ".Schedule", value: pipeline.Get("Schedule")}
			}
		}
	}
	return sign{}
}

// looksUp names how an ImageId finds the latest image when it is deployed; empty when it does not.
func (d *Dossier) looksUp(r *inventory.Resource, v inventory.Value) string {
	if text, ok := v.Text(); ok {
		if strings.HasPrefix(text, "{{resolve:ssm:/aws/service/") || strings.HasPrefix(text, "resolve:ssm:") || strings.HasPrefix(text, "/aws/service/") {
			return "the latest image at each deployment"
		}
	}
	for _, to := range d.g.ix.Follow(r, v) {
		switch to.Type {
		case "onus::ImageLookup":
			if recent, ok := to.Get("MostRecent").Bool(); ok && recent {
				return "the latest image at each deployment"
			}
		case "onus::ParameterLookup", "AWS::SSM::Parameter":
			return "the latest image at each deployment"
		case "AWS::ImageBuilder::Image", "AWS::ImageBuilder::ImagePipeline":
			for _, pipeline := range d.g.ix.OfType("AWS::ImageBuilder::ImagePipeline") {
				if pipeline.Scope == r.Scope && scheduledPipeline(pipeline) {
					return "an image that a pipeline builds on a schedule"
				}
			}
		}
	}
	return ""
}

func scheduledPipeline(r *inventory.Resource) bool {
	status, _ := r.Get("Status").Text()
	return !r.Lookup && !r.Get("Schedule").IsNull() && status != "DISABLED"
}

// feeds reports a pipeline whose distribution sets a launch template's image.
func (d *Dossier) feeds(pipeline, template *inventory.Resource) bool {
	for _, config := range d.g.ix.Follow(pipeline, pipeline.Get("DistributionConfigurationArn")) {
		if slices.Contains(d.g.ix.Follow(config, config.Properties), template) {
			return true
		}
	}
	return false
}

// bootUpdate finds an update of all packages at the start of a machine.
func (d *Dossier) bootUpdate(m *machines) sign {
	for _, r := range m.from {
		for _, v := range below(r.Properties, launchProperty(r, "UserData")) {
			if findIn(workload.UserDataTexts(d.g.ix, r, v), bootUpdates, nil) != "" {
				return sign{name: "updates at each start", property: r.Type + ".UserData", value: v}
			}
		}
	}
	return sign{}
}

// replacement finds what replaces the machines of a group by itself.
func (d *Dossier) replacement(m *machines) sign {
	if m.root.Type == typeBatch {
		least := m.root.Get("ComputeResources.MinvCpus")
		if n, ok := least.Number(); least.IsNull() || ok && n == 0 {
			return sign{name: "hosts end when there are no jobs", property: typeBatch + ".ComputeResources.MinvCpus", value: least}
		}
	}
	if m.root.Type != typeScalingGroup {
		return sign{}
	}
	if days, ok := m.root.Get("MaxInstanceLifetime").Number(); ok && days > 0 {
		return sign{name: "machines are replaced at the end of their lifetime", property: typeScalingGroup + ".MaxInstanceLifetime", value: m.root.Get("MaxInstanceLifetime")}
	}
	for _, r := range d.g.referrersOf("AWS::AutoScaling::ScheduledAction", "AutoScalingGroupName").to[m.root] {
		if toZero(r) {
			return sign{name: "machines are stopped and started anew on a schedule", property: r.Type + ".Recurrence", value: r.Get("Recurrence")}
		}
	}
	for _, r := range d.g.ix.OfType("AWS::Scheduler::Schedule") {
		if target, _ := r.Get("Target.Arn").Text(); strings.Contains(strings.ToLower(target), "startinstancerefresh") && d.speaksOf(r, m.root) {
			return sign{name: "machines are replaced on a schedule", property: r.Type + ".ScheduleExpression", value: r.Get("ScheduleExpression")}
		}
	}
	if refresh := m.root.Get("InstanceRefresh"); !refresh.IsNull() && !refresh.IsUnknown() && (refresh.Kind() != inventory.List || len(refresh.List()) > 0) {
		return sign{name: "machines are replaced after a change", property: typeScalingGroup + ".InstanceRefresh", value: refresh, onChange: true}
	}
	return sign{}
}

// toZero reports a scheduled action that ends all machines again and again.
func toZero(r *inventory.Resource) bool {
	if r.Get("Recurrence").IsNull() {
		return false
	}
	for _, name := range []string{"DesiredCapacity", "MaxSize"} {
		if n, ok := r.Get(name).Number(); ok && n == 0 {
			return true
		}
	}
	return false
}

// speaksOf reports a schedule whose input refers to a group or says its name.
func (d *Dossier) speaksOf(r, group *inventory.Resource) bool {
	input := r.Get("Target.Input")
	if slices.Contains(d.g.ix.Follow(r, input), group) {
		return true
	}
	text, ok := input.Text()
	return ok && r.Scope == group.Scope && slices.ContainsFunc(append(namesOf(group), nameOf(group)), func(name string) bool {
		return name != "" && strings.Contains(text, name)
	})
}

func nameOf(group *inventory.Resource) string {
	name, _ := group.Get("AutoScalingGroupName").Text()
	return name
}
