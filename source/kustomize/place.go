package kustomize

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/kubernetes"
)

// markName is the annotation that an object carries through rendering. Its value is the index of its origin.
const markName = "onus.invalid/origin"

func markOf(index int) string { return "o" + strconv.Itoa(index) }

// remember notes the place where a member of a name and a text is written, unless it is written twice.
func (s *stager) remember(name string, n *document.Node, at diag.Range) {
	text, ok := n.Scalar()
	if !ok || len(text) > 1024 {
		return
	}
	key := name + "\x00" + text
	if before, twice := s.said[key]; twice && before != at {
		at = diag.Range{}
	}
	s.said[key] = at
}

// rememberAll notes every scalar of a patch. at, when given, is the place of all of them.
func (s *stager) rememberAll(n *document.Node, file string, at *diag.Range, depth int) {
	if n == nil || depth > document.MaxDepth || len(s.said) > maxValues/10 || !s.spend(1) {
		return
	}
	for _, f := range n.Fields {
		place := f.Value.In(file)
		if at != nil {
			place = *at
		}
		name := f.Name
		if name == "value" && n.Get("path").IsSet() { // an operation of a JSON patch
			p := n.Get("path").Str()
			name = p[strings.LastIndexByte(p, '/')+1:]
		}
		s.remember(name, f.Value, place)
		s.rememberAll(f.Value, file, at, depth+1)
	}
	for _, item := range n.Items {
		s.rememberAll(item, file, at, depth+1)
	}
}

// place makes resources of the rendered objects. at is the kustomization file.
func (s *stager) place(objects [][]byte, at diag.Range) {
	out := kubernetes.NewCollector(s.inv)
	p := &placer{stager: s, root: at, left: maxValues}
	for _, data := range objects {
		docs, problems := document.Parse(at.Path, data, document.Options{Noun: "object"})
		if len(docs) == 0 {
			s.inv.Diags = append(s.inv.Diags, problems...)
			continue
		}
		if r, ok := kubernetes.Object(p.object(kubernetes.Slim(docs[0])), s.scope, ""); ok {
			out.Add(r)
		}
	}
	if p.left < 0 {
		s.inv.Diags.Errorf(at, "Too many values", "The rendered objects hold more than %d values; the rest is left out. Render a smaller part.", maxValues)
	}
}

// placer gives the values of rendered objects the places where they were written.
type placer struct {
	*stager
	root diag.Range
	path string
	left int
}

// object makes the value of one rendered object.
func (p *placer) object(n *document.Node) inventory.Value {
	base, at := p.written(n)
	n = withoutMark(n)
	p.path = at.Path
	return p.value("", n, base, at)
}

// written finds what an object was made from: the object of a base, or a generator.
func (p *placer) written(n *document.Node) (*document.Node, diag.Range) {
	kind := n.Get("kind").Str()
	mark := n.Get("metadata").Get("annotations").Get(markName).Str()
	if i, err := strconv.Atoi(strings.TrimPrefix(mark, "o")); err == nil && i >= 0 && i < len(p.origins) {
		// A patch or replacement may have changed the kind, or carried the mark to another object.
		if o := p.origins[i]; o.node.Get("kind").Str() == kind {
			return o.node, o.node.In(o.path)
		}
	}
	name := n.At("metadata", "name").Str()
	best, at := -1, p.root
	for _, g := range p.generated {
		if g.kind == kind && len(g.name) > best && strings.Contains(name, g.name) {
			best, at = len(g.name), g.at
		}
	}
	return nil, at
}

// withoutMark takes the mark away, and the annotations when nothing else stands there.
func withoutMark(n *document.Node) *document.Node {
	metadata := n.Get("metadata")
	annotations := metadata.Get("annotations")
	if annotations.Get(markName) == nil {
		return n
	}
	rest := annotations.Without(markName)
	fields := metadata.Without("annotations")
	if len(rest) > 0 {
		fields = append(fields, document.Field{Name: "annotations", Value: &document.Node{Kind: document.Map, Fields: rest}})
	}
	return n.With(n, document.Field{Name: "metadata", Value: &document.Node{Kind: document.Map, Fields: fields}})
}

// value makes one value. base is what stands at its place in the base, nil when nothing does; at is where its parent is
// written.
func (p *placer) value(name string, n, base *document.Node, at diag.Range) inventory.Value {
	if p.left--; p.left < 0 || !n.IsSet() {
		return inventory.NullValue(at)
	}
	switch n.Kind {
	case document.Map:
		if base != nil && base.Kind == document.Map {
			at = base.In(p.path)
		}
		props := make([]inventory.Property, 0, len(n.Fields))
		for _, f := range n.Fields {
			if v := p.value(f.Name, f.Value, base.Get(f.Name), at); !v.IsNull() {
				props = append(props, inventory.Property{Name: f.Name, Value: v})
			}
		}
		return inventory.MapValue(props, at)
	case document.List:
		if base != nil && base.Kind == document.List {
			at = base.In(p.path)
		}
		items := make([]inventory.Value, 0, len(n.Items))
		from := counterparts(n, base)
		for i, item := range n.Items {
			items = append(items, p.value(name, item, from[i], at))
		}
		return inventory.ListValue(items, at)
	}
	return p.scalar(name, n, base, at)
}

// listKeys are the members that tell the items of a list apart.
var listKeys = []string{"name", "key", "containerPort", "port", "mountPath"}

// counterparts finds for each item of a list the item of the base's list that it was made from: the one of the same
// name, or the one at the same index when items have no names. There is nil for an item that is new.
func counterparts(n, base *document.Node) []*document.Node {
	out := make([]*document.Node, len(n.Items))
	if base == nil || base.Kind != document.List {
		return out
	}
	named := map[string]*document.Node{}
	for _, b := range base.Items {
		for _, key := range listKeys {
			if text, ok := b.Get(key).Scalar(); ok && named[key+"\x00"+text] == nil {
				named[key+"\x00"+text] = b
			}
		}
	}
	for i, item := range n.Items {
		key := slices.IndexFunc(listKeys, func(key string) bool { _, ok := item.Get(key).Scalar(); return ok })
		switch {
		case key >= 0:
			out[i] = named[listKeys[key]+"\x00"+item.Get(listKeys[key]).Str()]
		case i < len(base.Items):
			out[i] = base.Items[i]
		}
	}
	return out
}

// scalar places a text at the base when it says the same, else at the one patch that says it.
func (p *placer) scalar(name string, n, base *document.Node, at diag.Range) inventory.Value {
	var meta *inventory.Meta
	if text, ok := base.Scalar(); ok && text == n.Text {
		at = base.In(p.path)
	} else if said, ok := p.said[name+"\x00"+n.Text]; ok && said.Path != "" {
		at = said
	} else if base != nil {
		meta = &inventory.Meta{Trail: []inventory.Step{{Name: "kustomization", Note: "changes what the base says", At: p.root}}}
	}
	if name := p.variable(n.Text); name != "" && n.Kind == document.Text {
		step := inventory.Step{Name: "kustomize var " + name, Note: "not resolved", At: p.vars[name]}
		return inventory.UnknownValue(at).WithMeta(&inventory.Meta{Unresolved: []inventory.Step{step}, Partial: n.Text})
	}
	// The one-off budget is never short: the placer counts.
	v := (&document.Node{Kind: n.Kind, Text: n.Text}).Value(at.Path, nil, document.NewBudget(len(n.Text)+1))
	return v.WithOrigin(at).WithMeta(meta)
}

// variable returns the declared var that a text holds a reference to, empty when it holds none.
func (p *placer) variable(text string) string {
	for rest := text; len(p.vars) > 0; {
		_, after, ok := strings.Cut(rest, "$(")
		if !ok {
			return ""
		}
		name, more, ok := strings.Cut(after, ")")
		if !ok {
			return ""
		}
		if _, declared := p.vars[name]; declared {
			return name
		}
		rest = more
	}
	return ""
}

// stagedName finds the names of staged files and directories in a message.
var stagedName = regexp.MustCompile(`(\.\./|/)?\b(f[0-9]+\.yaml|d[0-9]+)\b`)

// failed tells that kustomize refused a kustomization, in the user's names and without secrets.
func (s *stager) failed(err error, at diag.Range) {
	text := err.Error()
	if len(text) > 16<<10 {
		text = text[:16<<10]
		text = text[:strings.LastIndexAny(text, " \n")+1]
	}
	// The file that the message names last is nearest to the fault.
	for _, staged := range stagedName.FindAllString(text, -1) {
		if place := s.places[strings.Trim(staged, "./")]; place.Line > 0 {
			at = place
		}
	}
	var pairs []string
	slices.SortFunc(s.secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range s.secrets {
		if len(secret) >= 4 && strings.Contains(text, secret) {
			pairs = append(pairs, secret, "(sensitive)")
		}
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	text = stagedName.ReplaceAllStringFunc(text, func(staged string) string {
		if name, ok := s.names[strings.Trim(staged, "./")]; ok {
			return name
		}
		return staged
	})
	text = strings.ReplaceAll(text, markName, "an annotation")
	s.inv.Diags.Errorf(at, "Kustomization not rendered", "kustomize refused it: %s. Nothing of it is in the answer.", diag.Clip(strings.Join(strings.Fields(text), " "), maxClip))
}
