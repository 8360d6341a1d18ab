package effort

import (
	_ "embed"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/rulefile"
)

//go:embed parameters.yaml
var parametersText string

// maxValue bounds a number: more hours or events than that in a year are a slip.
const maxValue = 1e6

// shareUnit is the unit of parameters that are parts of a whole.
const shareUnit = "share"

// names of the parameters that the code itself speaks of.
const (
	hoursAPerson  = "hours-a-person"
	sharedPart    = "shared-part"
	sharingHosts  = "workloads-a-cluster"
	assumptionTag = "assumption"
)

// parameterReader reads a file of parameters: the embedded one, or the user's, which changes some of them.
type parameterReader struct {
	rulefile.Reader
	// known are the parameters that may be changed; nil while the embedded file declares them.
	known map[string]*Parameter
	out   []*Parameter
}

func newParameterReader(path, text string, known map[string]*Parameter) *parameterReader {
	return &parameterReader{Reader: rulefile.Reader{Path: path, Content: text, What: "parameters", Begins: "parameters"}, known: known}
}

func (r *parameterReader) read() {
	root := r.Root()
	if root == nil {
		return
	}
	r.Fields(root, "A file of parameters", map[string]func(*yaml.Node){
		"parameters": func(n *yaml.Node) { r.Each(n, "parameters", r.parameter) },
	})
}

func (r *parameterReader) parameter(name, n *yaml.Node) {
	p := &Parameter{Name: name.Value}
	if r.known != nil {
		old, ok := r.known[name.Value]
		if !ok {
			r.Errorf(name, "Unknown parameter", "There is no parameter %q. %s", rulefile.Clip(name.Value), suggest(name.Value, r.known))
			return
		}
		p.About, p.Unit, p.Changed = old.About, old.Unit, r.At(name).String()
	}
	low, high, sources := false, false, false
	r.Fields(n, "A parameter", map[string]func(*yaml.Node){
		"about":  r.Sentence(&p.About, "about"),
		"unit":   r.Text(&p.Unit, "unit"),
		"low":    func(n *yaml.Node) { low = r.number(n, &p.Low) },
		"high":   func(n *yaml.Node) { high = r.number(n, &p.High) },
		"source": func(n *yaml.Node) { sources = r.source(n, p) },
	})
	switch {
	case !low || !high || !sources:
		r.Errorf(n, "Parameter incomplete", "%q needs low, high and source: a page with title, url and seen, a list of pages, or the word %s.", rulefile.Clip(p.Name), assumptionTag)
		return
	case p.About == "" || p.Unit == "":
		r.Errorf(n, "Parameter incomplete", "%q needs about and unit.", rulefile.Clip(p.Name))
		return
	}
	if why := p.fault(); why != "" {
		r.Errorf(n, "Parameter out of bounds", "%q: %s.", rulefile.Clip(p.Name), why)
		return
	}
	r.out = append(r.out, p)
}

func (r *parameterReader) number(n *yaml.Node, dst *float64) bool {
	v, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || n.Kind != yaml.ScalarNode {
		r.Errorf(n, "Not a number", "Expected a number; this is %s.", rulefile.KindName(n))
		return false
	}
	*dst = v
	return true
}

// source reads "assumption", a page, or a list of pages.
func (r *parameterReader) source(n *yaml.Node, p *Parameter) bool {
	switch {
	case n.Kind == yaml.ScalarNode && n.Value == assumptionTag:
		p.Assumption = true
	case n.Kind == yaml.SequenceNode:
		r.Items(n, "source", func(n *yaml.Node) { r.page(n, p) })
	case n.Kind == yaml.MappingNode:
		r.page(n, p)
	default:
		r.Errorf(n, "Source missing", "Expected the word %s, or a page with title, url and seen; this is %s.", assumptionTag, rulefile.KindName(n))
	}
	return p.Assumption || len(p.Sources) > 0
}

func (r *parameterReader) page(n *yaml.Node, p *Parameter) {
	var c allocation.Citation
	r.Fields(n, "A source", map[string]func(*yaml.Node){
		"title": r.Text(&c.Title, "title"), "url": r.Text(&c.URL, "url"), "seen": r.Text(&c.Seen, "seen"),
	})
	if c.Title == "" || !strings.HasPrefix(c.URL, "https://") || len(c.Seen) != len("2006-01-02") {
		r.Errorf(n, "Source incomplete", "A source is a page with title, an https:// url, and seen as YYYY-MM-DD.")
		return
	}
	p.Sources = append(p.Sources, c)
}

// fault says what is wrong with the numbers, or nothing.
func (p *Parameter) fault() string {
	switch {
	case math.IsNaN(p.Low) || math.IsNaN(p.High) || p.Low < 0 || p.High > maxValue:
		return "numbers are from 0 to " + strconv.Itoa(maxValue)
	case p.Low > p.High:
		return "low is higher than high"
	case p.Unit == shareUnit && p.High > 1:
		return "a share is at most 1"
	case p.Low == 0 && (p.Name == hoursAPerson || p.Name == sharingHosts):
		return "it is divided by, so it is more than 0"
	}
	return ""
}

func suggest(name string, known map[string]*Parameter) string {
	names := make([]string, 0, len(known))
	for n := range known {
		names = append(names, n)
	}
	return expr.Suggest(name, names)
}
