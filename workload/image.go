package workload

import (
	"regexp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// The publishers and kinds of onus::MachineImage.
const (
	publisherAWS      = "aws"
	publisherCustomer = "customer"
	publisherOther    = "third-party"

	kindOwn         = "own"
	kindECS         = "ecs-optimized"
	kindEKS         = "eks-optimized"
	kindBottle      = "bottlerocket"
	kindAmazon      = "amazon-linux"
	kindWindows     = "windows"
	typeImageVendor = "onus::MachineImage.Vendor"
	typeImage       = "onus::MachineImage"
	typeScaling     = "onus::Scaling"
	typeUpdates     = "onus::RuntimeUpdates"
	lookupImage     = "onus::ImageLookup"
	lookupSSM       = "onus::ParameterLookup"
	typeSSM         = "AWS::SSM::Parameter"
	maxImageHops    = 4
	servicePrefix   = "/aws/service/"
	ownerAmazon     = "amazon"
	ownerSelf       = "self"
)

// imageKinds tells the kind of an AWS image by its name or name pattern, the most special first.
var imageKinds = []struct{ text, kind string }{
	{"ami-ecs-", kindECS}, {"ecs-optimized", kindECS}, {"ecs_optimized", kindECS}, {"amazon-eks-", kindEKS},
	{"eks_optimized", kindEKS}, {"eks-optimized", kindEKS}, {"bottlerocket", kindBottle},
	{"windows_server", kindWindows}, {"amzn", kindAmazon}, {"al2023-ami", kindAmazon}, {"al2022-ami", kindAmazon},
}

// ownImageTypes are resources that make an image in the customer's account, by source type and by type.
var ownImageTypes = []string{"aws_ami", "aws_ami_copy", "aws_ami_from_instance", "AWS::ImageBuilder::Image",
	"AWS::ImageBuilder::ImagePipeline", "aws_imagebuilder_image"}

var (
	resolveSSM = regexp.MustCompile(`^\{\{resolve:ssm:([^:}]+)(?::\d+)?\}\}$`)
	accountID  = regexp.MustCompile(`^\d{12}$`)
)

// image is what is known of a machine image. An empty publisher is unknown, for the reasons in why.
type image struct {
	publisher, kind string
	// vendor names the publisher; it becomes a property when a third party publishes.
	vendor string
	// line is the Amazon Linux below an image of AWS that can reach its end: see imageline.go.
	line     string
	tracking bool
	// updater is whether something updates Bottlerocket hosts by itself; Null for any other image.
	updater inventory.Value
	why     []inventory.Step
	because []Evidence
}

// derivedString makes a derived value that stands where the first deciding value stands and rests on the defaults of
// all of them.
func derivedString(text string, from ...inventory.Value) inventory.Value {
	return inventory.StringValue(text, from[0].Origin()).WithMeta(derivedMeta(from))
}

func derivedBool(b bool, from ...inventory.Value) inventory.Value {
	return inventory.BoolValue(b, from[0].Origin()).WithMeta(derivedMeta(from))
}

func derivedMeta(from []inventory.Value) *inventory.Meta {
	var steps []inventory.Step
	for _, v := range from {
		for _, part := range append([]inventory.Value{v}, v.List()...) {
			for _, s := range part.Assumed() {
				if !slices.Contains(steps, s) {
					steps = append(steps, s)
				}
			}
		}
	}
	if len(steps) == 0 {
		return nil
	}
	return &inventory.Meta{Assumed: steps}
}

// derivedPart is a part of one of onus's own types.
func derivedPart(root *inventory.Resource, typ string, props []inventory.Property, because ...Evidence) Part {
	r := &inventory.Resource{
		Type: typ, SourceType: typ, Address: root.Address, Name: root.Name, Scope: root.Scope,
		Properties: inventory.MapValue(props, root.Origin), Origin: root.Origin, Mapped: true,
	}
	return Part{Resource: r, Because: because}
}

// part makes the onus::MachineImage of an image. What is not known is an unknown property, never an absent one.
func (im image) part(root *inventory.Resource) Part {
	from := []inventory.Value{inventory.NullValue(root.Origin)}
	if len(im.because) > 0 {
		from = from[:0]
		for _, e := range im.because {
			from = append(from, e.Value)
		}
	}
	place := from[0].Origin()
	unknown := inventory.UnknownValue(place, im.why...)
	publisher, kind, tracking := unknown, unknown, unknown
	if im.publisher != "" {
		publisher = derivedString(im.publisher, from...)
		step := inventory.Step{Name: "the kind of the image", Note: "cannot be told", At: place}
		kind = inventory.UnknownValue(place, step)
	}
	if im.kind != "" {
		kind = derivedString(im.kind, from...)
	}
	if im.publisher != "" || !from[0].IsUnknown() {
		tracking = derivedBool(im.tracking, from...)
	}
	props := []inventory.Property{
		{Name: "Publisher", Value: publisher}, {Name: "Kind", Value: kind}, {Name: "Tracking", Value: tracking},
	}
	if im.publisher == publisherAWS {
		props = append(props, im.lineProperty(from)...)
	}
	because := im.because
	if im.vendor != "" && im.publisher == publisherOther {
		vendor := derivedString(im.vendor, from...)
		props = append(props, inventory.Property{Name: "Vendor", Value: vendor})
		because = append(slices.Clone(because), Evidence{Property: typeImageVendor, Value: vendor})
	}
	if !im.updater.IsNull() {
		props = append(props, inventory.Property{Name: "Updater", Value: im.updater})
	}
	if im.publisher == "" && !slices.ContainsFunc(from, inventory.Value.IsUnknown) {
		because = append(slices.Clone(because), Evidence{Property: typeImage + ".Publisher", Value: publisher})
	}
	return derivedPart(root, typeImage, props, because...)
}

// imageOf tells who publishes the image that an ImageId names.
func (f *finder) imageOf(l located) image {
	im := f.resolveImage(l.from, l.Value, maxImageHops)
	im.because = append([]Evidence{l.Evidence}, im.because...)
	if im.publisher == "" && len(im.why) == 0 {
		im.why = []inventory.Step{{Name: l.Property, Note: "does not tell who publishes the image", At: l.Value.Origin()}}
	}
	return im
}

func (f *finder) resolveImage(from *inventory.Resource, v inventory.Value, hops int) image {
	if hops == 0 {
		return image{}
	}
	if v.IsUnknown() {
		if why := f.openSteps(from, v); len(why) > 0 {
			return image{why: why}
		}
	}
	if im, ok := f.referredImage(from, v, hops); ok {
		return im
	}
	if text, ok := v.Text(); ok {
		return literalImage(v, text)
	}
	return image{why: f.undecided(from, v, false)}
}

// literalImage reads an ImageId that is plain text: an SSM alias or a bare id.
func literalImage(v inventory.Value, text string) image {
	if path, ok := strings.CutPrefix(text, "resolve:ssm:"); ok {
		path, _, _ = strings.Cut(path, ":")
		im := parameterImage(path)
		im.tracking = true
		return im
	}
	if hit := resolveSSM.FindStringSubmatch(text); hit != nil {
		return parameterImage(hit[1])
	}
	if strings.HasPrefix(text, "/") {
		return parameterImage(text)
	}
	note := "does not tell who publishes the image"
	return image{why: []inventory.Step{{Name: "ImageId " + quoted(v, text), Note: note, At: v.Origin()}}}
}

// parameterImage tells the publisher by the path of an SSM parameter.
func parameterImage(path string) image {
	if rest, ok := strings.CutPrefix(path, servicePrefix); ok {
		segment, _, _ := strings.Cut(rest, "/")
		if m, ok := publishers().parameters[segment]; ok {
			im := madeBy(m)
			im.line = lineOf(path)
			return im
		}
	}
	return image{why: []inventory.Step{{Name: "SSM parameter " + path, Note: "does not tell who publishes the image"}}}
}

// madeBy is an image of a known publisher.
func madeBy(m maker) image { return image{publisher: m.party, kind: m.kind, vendor: m.name} }

// referredImage follows the references of an ImageId; all of them must agree.
func (f *finder) referredImage(from *inventory.Resource, v inventory.Value, hops int) (image, bool) {
	var out image
	seen := false
	for _, r := range f.ix.Follow(from, v) {
		im, ok := f.imageBehind(r, hops)
		if !ok {
			continue
		}
		if seen && (im.publisher != out.publisher || im.publisher == "") {
			return image{
				why: []inventory.Step{{Name: r.Address, Note: "is one of several images of different publishers", At: v.Origin()}},
			}, true
		}
		if seen {
			im.kind, im.vendor, im.line = common(im.kind, out.kind), common(im.vendor, out.vendor), commonLine(im.line, out.line)
		}
		out, seen = im, true
	}
	return out, seen
}

func (f *finder) imageBehind(r *inventory.Resource, hops int) (image, bool) {
	switch {
	case slices.Contains(ownImageTypes, r.SourceType) && r.Type != lookupImage, slices.Contains(ownImageTypes, r.Type):
		return image{publisher: publisherCustomer, kind: kindOwn}, true
	case r.Type == lookupImage:
		return f.lookedUpImage(r), true
	case r.Type == lookupSSM, r.Type == typeSSM && r.Lookup:
		return f.lookedUpParameter(r, hops), true
	case r.Type == typeSSM:
		im := f.resolveImage(r, r.Get("Value"), hops-1)
		im.because = append([]Evidence{at(r, "Value")}, im.because...)
		return im, true
	}
	return image{}, false
}

// lookedUpParameter reads a looked-up parameter: AWS's by its path, one declared in the input by its value.
func (f *finder) lookedUpParameter(r *inventory.Resource, hops int) image {
	name := at(r, "Name")
	path, ok := name.Value.Text()
	if !ok {
		im := image{why: f.undecided(r, name.Value, false), because: []Evidence{name}}
		for _, p := range f.ix.FollowType(r, name.Value, typeSSM) {
			if !p.Lookup {
				return f.resolveImage(p, p.Get("Value"), hops-1)
			}
		}
		return im
	}
	if own := f.named(r.Scope, name.Value, typeSSM); len(own) == 1 {
		return f.resolveImage(own[0], own[0].Get("Value"), hops-1)
	}
	im := parameterImage(path)
	im.because = []Evidence{name}
	return im
}

// lookedUpImage reads a lookup of an image by its owners, or by its owner filters.
func (f *finder) lookedUpImage(r *inventory.Resource) image {
	owners := at(r, "Owners")
	values := owners.Value
	if values.IsNull() {
		if filter, ok := filterValues(r, "owner-alias", "owner-id"); ok {
			values, owners = filter, at(r, "Filters")
		}
	}
	im := f.publisherByOwners(r, values)
	im.because = append(im.because, owners)
	if im.publisher == publisherAWS {
		im.kind, im.line = kindByName(r), lineOf(lookupNames(r)...)
		if m, ok := vendorByName(r); ok && im.vendor == ownerAmazon {
			im.publisher, im.kind, im.vendor = m.party, m.kind, m.name
			im.because = append(im.because, at(r, "Filters"))
		}
	}
	if im.vendor == ownerAmazon {
		im.vendor = ""
	}
	return im
}

func (f *finder) publisherByOwners(r *inventory.Resource, owners inventory.Value) image {
	if owners.IsNull() || !owners.IsUnknown() && len(members(owners)) == 0 {
		return image{why: []inventory.Step{{Name: r.Address, Note: "names no owner of the image", At: r.Origin}}}
	}
	var out image
	for i, o := range members(owners) {
		im := f.publisherByOwner(r, o)
		if i > 0 && im.publisher != out.publisher {
			return image{why: []inventory.Step{{Name: r.Address, Note: "allows owners of different kinds", At: owners.Origin()}}}
		}
		if i > 0 {
			im.kind, im.vendor = common(im.kind, out.kind), common(im.vendor, out.vendor)
		}
		out = im
		if out.publisher == "" {
			return out
		}
	}
	return out
}

// members returns the members of a list, or the value itself when it is no list.
func members(v inventory.Value) []inventory.Value {
	if v.Kind() == inventory.List {
		return v.List()
	}
	return []inventory.Value{v}
}

func (f *finder) publisherByOwner(r *inventory.Resource, owner inventory.Value) image {
	text, ok := owner.Text()
	if !ok {
		for _, ref := range f.ix.Follow(r, owner) {
			if ref.SourceType == "aws_caller_identity" && len(f.openSteps(r, owner)) == 0 {
				return image{publisher: publisherCustomer, kind: kindOwn}
			}
		}
		return image{why: f.undecided(r, owner, false)}
	}
	switch text {
	case ownerAmazon:
		return image{publisher: publisherAWS, vendor: ownerAmazon}
	case ownerSelf:
		return image{publisher: publisherCustomer, kind: kindOwn}
	}
	if m, ok := publishers().machineMaker(text); ok {
		return madeBy(m)
	}
	return image{why: []inventory.Step{{Name: `owner "` + text + `"`, Note: "is not known", At: owner.Origin()}}}
}

// filterValues finds the values of the first filter with one of the names. Filter fields may be in either case.
func filterValues(r *inventory.Resource, names ...string) (inventory.Value, bool) {
	for _, filter := range members(r.Get("Filters")) {
		name, _ := firstText(filter, "Name", "name")
		if !slices.Contains(names, name) {
			continue
		}
		for _, field := range []string{"Values", "values", "Value", "value"} {
			if v := filter.Get(field); !v.IsNull() {
				return v, true
			}
		}
	}
	return inventory.Value{}, false
}

func firstText(v inventory.Value, paths ...string) (string, bool) {
	for _, p := range paths {
		if s, ok := v.Get(p).Text(); ok {
			return s, true
		}
	}
	return "", false
}

// common is what two texts agree on: the text, or nothing.
func common(a, b string) string {
	if a != b {
		return ""
	}
	return a
}

// vendorByName finds the vendor of images that a lookup names, when all its names are that vendor's.
func vendorByName(r *inventory.Resource) (m maker, ok bool) {
	for _, text := range lookupNames(r) {
		text = strings.TrimLeft(strings.ToLower(text), "^*")
		i := slices.IndexFunc(publishers().names, func(e publisherEntry) bool { return strings.HasPrefix(text, e.Prefix) })
		if i < 0 || ok && m.name != publishers().names[i].Name {
			return maker{}, false
		}
		m, ok = publishers().names[i].maker(), true
	}
	return m, ok
}

// lookupNames are the name patterns of a lookup, the known ones.
func lookupNames(r *inventory.Resource) []string {
	var texts []string
	if s, ok := r.Get("NameRegex").Text(); ok {
		texts = append(texts, s)
	}
	if v, ok := filterValues(r, "name"); ok {
		for _, m := range members(v) {
			if s, ok := m.Text(); ok {
				texts = append(texts, s)
			}
		}
	}
	return texts
}

func kindByName(r *inventory.Resource) string {
	texts := lookupNames(r)
	for _, k := range imageKinds {
		for _, t := range texts {
			if strings.Contains(strings.ToLower(t), k.text) {
				return k.kind
			}
		}
	}
	return ""
}

// launchImage is the image part of what launches machines: all images it may boot must have one publisher.
func (f *finder) launchImage(root *inventory.Resource, l *launch) Part {
	if len(l.missing) > 0 {
		return Part{Unknown: true, Why: l.missing}
	}
	if len(l.images) == 0 {
		why := []inventory.Step{{Name: "ImageId", Note: "is not set", At: root.Origin}}
		return image{why: why, because: []Evidence{at(root, "ImageId")}}.part(root)
	}
	ims := make([]image, 0, len(l.images))
	for _, one := range l.images {
		ims = append(ims, f.imageOf(one))
	}
	return f.withUpdater(commonImage(ims), root).part(root)
}

// commonImage is the image of several sources when they agree on the publisher, and unknown otherwise.
func commonImage(ims []image) image {
	out := ims[0]
	for _, im := range ims[1:] {
		switch {
		case im.publisher != out.publisher:
			return image{
				why:     []inventory.Step{{Name: "ImageId", Note: "differs between launch templates, and so does the publisher"}},
				because: append(slices.Clone(out.because), im.because...),
			}
		default:
			out.kind, out.vendor = common(out.kind, im.kind), common(out.vendor, im.vendor)
			out.line = commonLine(out.line, im.line)
		}
		out.tracking = out.tracking && im.tracking
	}
	return out
}
