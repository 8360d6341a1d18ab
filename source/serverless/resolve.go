package serverless

import (
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/cloudformation"
)

// note is what is known of a node that its text does not say.
type note = cloudformation.Annotation

// resolver replaces variables, on demand and once for each node.
type resolver struct {
	path  string
	opts  Options
	files *files
	diags diag.List
	doc   *node
	notes map[*node]*note
	done  map[*node]*node
	open  map[*node]bool
	// chain are the variables being resolved, outermost first.
	chain []string
	depth int
	// left and text are what may still be made; over is set once a bound is told.
	left, text int
	over       bool
}

func newResolver(name string, fs cloudformation.Files, opts Options) *resolver {
	return &resolver{path: name, opts: opts, files: &files{fs: fs, loaded: map[string]*node{}}, notes: map[*node]*note{}, done: map[*node]*node{}, open: map[*node]bool{}, left: maxNodes, text: maxText}
}

func (r *resolver) at(n *node) diag.Range {
	if n == nil {
		return diag.Range{Path: r.path}
	}
	return r.files.place(n)
}

// unknown reports whether a node's value cannot be told.
func (r *resolver) unknown(n *node) bool {
	m := r.notes[n]
	return m != nil && m.Unknown
}

// unknownAt makes a node whose value cannot be told. text is what is known of it.
func (r *resolver) unknownAt(from *node, text string, steps ...inventory.Step) *node {
	n := document.TextAt(from, text)
	r.notes[n] = &note{Unknown: true, Partial: text, Unresolved: steps}
	return n
}

// node returns a node with everything inside it resolved. What needs nothing is returned as it is.
func (r *resolver) node(n *node) *node {
	if n == nil || n.Kind != document.Text && n.Kind != document.List && n.Kind != document.Map {
		return n
	}
	if n.Kind == document.Text && !strings.Contains(n.Text, "${") {
		return n
	}
	if out, ok := r.done[n]; ok {
		return out
	}
	if r.open[n] {
		return r.cycle(n)
	}
	if r.depth >= document.MaxDepth+maxNesting || !r.spend(1, 0, n) {
		r.tooFar(n)
		return r.unknownAt(n, "")
	}
	r.open[n] = true
	r.depth++
	out := r.inside(n)
	r.depth--
	delete(r.open, n)
	r.done[n] = out
	return out
}

func (r *resolver) inside(n *node) *node {
	switch n.Kind {
	case document.Text:
		return r.textNode(n)
	case document.List:
		items := slices.Clone(n.Items)
		for i, item := range items {
			items[i] = r.node(item)
		}
		if slices.Equal(items, n.Items) {
			return n
		}
		return &node{Kind: document.List, Line: n.Line, Col: n.Col, Items: items}
	}
	out := &node{Kind: document.Map, Line: n.Line, Col: n.Col, Fields: slices.Clone(n.Fields)}
	same := true
	for i, f := range out.Fields {
		out.Fields[i].Value = r.node(f.Value)
		same = same && out.Fields[i].Value == f.Value
	}
	if same {
		return n
	}
	r.lift(out)
	return out
}

// functions whose argument is read as written: what is known of the argument is known of the call.
var lifted = []string{"Ref", "Condition", "Fn::GetAtt", "Fn::Sub", "Fn::ImportValue"}

// lift puts what is known of the argument of a call on the call itself.
func (r *resolver) lift(call *node) {
	if len(call.Fields) != 1 || !slices.Contains(lifted, call.Fields[0].Name) {
		return
	}
	all := note{}
	for _, arg := range call.Fields[0].Value.List() {
		if m := r.notes[arg]; m != nil {
			add(&all, m)
			if m.Unknown && all.Partial == "" {
				all.Partial = m.Partial
			}
		}
		if call.Fields[0].Name == "Fn::Sub" {
			break // the variables of Fn::Sub are evaluated by themselves
		}
	}
	r.keep(call, all)
}

// keep notes something of a node, if there is something.
func (r *resolver) keep(n *node, m note) {
	if m.Unknown || len(m.Assumed)+len(m.Trail)+len(m.Unresolved) > 0 {
		r.notes[n] = &m
	}
}

// maxSteps bounds what one node remembers.
const maxSteps = 40

// add joins two notes.
func add(to *note, m *note) {
	if m == nil {
		return
	}
	to.Unknown = to.Unknown || m.Unknown
	to.Assumed = steps(to.Assumed, m.Assumed)
	to.Unresolved = steps(to.Unresolved, m.Unresolved)
	to.Trail = steps(to.Trail, m.Trail)
}

func steps(to, more []inventory.Step) []inventory.Step {
	for _, s := range more {
		if len(to) < maxSteps && !slices.Contains(to, s) {
			to = append(slices.Clip(to), s)
		}
	}
	return to
}

// textNode resolves a text.
func (r *resolver) textNode(n *node) *node {
	segs := segments(n.Text)
	if len(segs) == 1 && segs[0].parts != nil {
		return r.whole(n, segs[0])
	}
	if !slices.ContainsFunc(segs, func(s segment) bool { return s.parts != nil }) {
		return n
	}
	var b strings.Builder
	all := note{}
	for _, seg := range segs {
		if seg.parts == nil {
			b.WriteString(seg.text)
			continue
		}
		v := r.variable(n, seg)
		add(&all, &v.note)
		text, ok := v.node.Scalar()
		switch {
		case ok && !v.Unknown:
			b.WriteString(text)
		case v.Unknown && v.Partial != "":
			b.WriteString(v.Partial)
		default:
			b.WriteString(seg.text)
			if !v.Unknown {
				all.Unknown = true
				all.Unresolved = steps(all.Unresolved, []inventory.Step{{Name: diag.Clip(seg.text, maxClip), Note: "is no text", At: r.at(n)}})
			}
		}
	}
	out := document.TextAt(n, b.String())
	if !r.spend(0, b.Len(), n) {
		out.Text = ""
		all.Unknown = true
	}
	if all.Unknown {
		all.Partial = out.Text
	}
	r.keep(out, all)
	return out
}

// whole resolves a text that is one variable: its value keeps its type. A scalar stands where the variable does, with the
// place that it was taken from in its trail; a collection stays where it was written.
func (r *resolver) whole(n *node, seg segment) *node {
	v := r.variable(n, seg)
	if v.Unknown || v.node == nil {
		out := document.TextAt(n, seg.text)
		m := v.note
		m.Unknown = true
		if m.Partial == "" {
			m.Partial = seg.text
		}
		r.notes[out] = &m
		return out
	}
	out := *v.node
	if out.Kind != document.List && out.Kind != document.Map {
		out.Line, out.Col = n.Line, n.Col
		if v.node.Line != n.Line {
			v.Trail = steps([]inventory.Step{{Name: diag.Clip(seg.text, maxClip), Note: "variable", At: r.at(v.node)}}, v.Trail)
		}
	} else if len(v.Assumed)+len(v.Trail) == 0 && r.notes[v.node] == nil {
		return v.node
	}
	m := note{}
	add(&m, &v.note)
	add(&m, r.notes[v.node])
	r.keep(&out, m)
	return &out
}

// found is what a variable came to. Without a node and not unknown, there is no value.
type found struct {
	node *node
	note
}

// variable tries the sources of a variable in order.
func (r *resolver) variable(n *node, seg segment) found {
	if len(r.chain) >= maxNesting {
		r.tooFar(n)
		return open(seg.text, "nested too deeply", r, n)
	}
	r.chain = append(r.chain, seg.text)
	defer func() { r.chain = r.chain[:len(r.chain)-1] }()
	var passed []inventory.Step
	for _, part := range seg.parts {
		v := r.part(n, part)
		if v.node == nil && !v.Unknown {
			passed = steps(passed, v.Unresolved)
			continue
		}
		if r.opts.DefaultsUnknown && len(passed) > 0 {
			return found{note: note{Unknown: true, Unresolved: defaults(passed, "default not used")}}
		}
		v.Assumed = steps(defaults(passed, "not given; the default is used"), v.Assumed)
		return v
	}
	switch last := seg.parts[len(seg.parts)-1]; last {
	case "opt:stage":
		return r.stage(n)
	case "opt:region":
		return r.region(n)
	}
	if len(passed) == 0 {
		passed = []inventory.Step{{Name: diag.Clip(seg.text, maxClip), Note: "has no value", At: r.at(n)}}
	}
	return found{note: note{Unknown: true, Unresolved: passed}}
}

func defaults(passed []inventory.Step, what string) []inventory.Step {
	out := slices.Clone(passed)
	for i := range out {
		out[i].Note = what
	}
	return out
}

// open is an unknown value for one reason.
func open(name, why string, r *resolver, n *node) found {
	return found{note: note{Unknown: true, Unresolved: []inventory.Step{{Name: diag.Clip(name, maxClip), Note: why, At: r.at(n)}}}}
}

// part evaluates one source or default.
func (r *resolver) part(n *node, part string) found {
	if literal, ok := r.literal(n, part); ok {
		return literal
	}
	if strings.Contains(part, "${") {
		inner := r.textNode(document.TextAt(n, part))
		m := r.notes[inner]
		if m != nil && m.Unknown {
			return found{note: note{Unknown: true, Unresolved: m.Unresolved, Assumed: m.Assumed}}
		}
		text, scalar := inner.Scalar()
		var v found
		if segs := segments(part); len(segs) == 1 && segs[0].parts != nil || !scalar {
			v = found{node: inner} // a variable as the default of another
		} else {
			v = r.source(n, text)
		}
		add(&v.note, m)
		return v
	}
	return r.source(n, part)
}

// literal reads a default that stands for itself: 'text', a number, true, false or null.
func (r *resolver) literal(n *node, part string) (found, bool) {
	if len(part) > 1 && (part[0] == '\'' || part[0] == '"') && part[len(part)-1] == part[0] {
		text := document.TextAt(n, strings.ReplaceAll(part[1:len(part)-1], `\`+part[:1], part[:1]))
		out := r.textNode(text)
		v := found{node: out}
		if m := r.notes[out]; m != nil {
			v.note = *m
		}
		return v, true
	}
	switch part {
	case "true", "false":
		return found{node: document.BoolAt(n, part == "true")}, true
	case "null", "":
		return found{}, true
	}
	if _, err := strconv.ParseFloat(part, 64); err == nil {
		return found{node: document.NumberAt(n, part)}, true
	}
	return found{}, false
}

// cycle tells of a value that depends on itself.
func (r *resolver) cycle(n *node) *node {
	name := diag.Clip(n.Text, maxClip)
	if n.Kind != document.Text {
		name = "a section"
		if len(r.chain) > 0 {
			name = diag.Clip(r.chain[len(r.chain)-1], maxClip)
		}
	}
	r.diags.Errorf(r.at(n), "Variable cycle", "%s depends on itself: %s. It is taken as unknown.", name, diag.Clip(strings.Join(r.chain, " → "), maxClip))
	return r.unknownAt(n, "", inventory.Step{Name: name, Note: "depends on itself", At: r.at(n)})
}

// spend pays for nodes and text; it reports false when a bound is hit.
func (r *resolver) spend(nodes, text int, n *node) bool {
	r.left -= nodes
	r.text -= text
	if r.left >= 0 && r.text >= 0 {
		return true
	}
	r.tooFar(n)
	return false
}

func (r *resolver) tooFar(n *node) {
	if r.over {
		return
	}
	r.over = true
	r.diags.Errorf(r.at(n), "Variables expand too far", "Variables may make %d values and %d MB of text and stand inside each other %d deep; what lies beyond is unknown.", maxNodes, maxText>>20, maxNesting)
}
