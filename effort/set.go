package effort

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
)

// With returns the model with parameters changed, each as "name=value" or "name=low..high". An error says which text
// does not fit, for the user.
func (m *Model) With(settings []string) (*Model, error) {
	out := *m
	out.parameters = maps.Clone(m.parameters)
	for _, s := range settings {
		name, text, ok := strings.Cut(s, "=")
		old := out.parameters[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("%q: expected NAME=VALUE or NAME=LOW..HIGH", s)
		case old == nil:
			return nil, fmt.Errorf("there is no parameter %q. %s", name, suggest(name, out.parameters))
		}
		r, err := parseRange(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		p := *old
		p.Range, p.Changed, p.Assumption, p.Sources = r, "--set", true, nil
		if why := p.fault(); why != "" {
			return nil, fmt.Errorf("%s: %s", name, why)
		}
		out.parameters[name] = &p
	}
	return &out, nil
}

func parseRange(text string) (Range, error) {
	low, high, ok := strings.Cut(text, "..")
	if !ok {
		high = low
	}
	var r Range
	for _, part := range []struct {
		text string
		dst  *float64
	}{{low, &r.Low}, {high, &r.High}} {
		v, err := strconv.ParseFloat(strings.TrimSpace(part.text), 64)
		if err != nil {
			return r, fmt.Errorf("%q is no number: expected a value such as 4, or a range such as 2..6", text)
		}
		*part.dst = v
	}
	return r, nil
}

// WithFile returns the model with the parameters of a YAML file changed: text is its content, path names it in the
// diagnostics, which say what does not fit.
func (m *Model) WithFile(path, text string) (*Model, diag.List) {
	r := newParameterReader(path, text, m.parameters)
	r.read()
	out := *m
	out.parameters = maps.Clone(m.parameters)
	for _, p := range r.out {
		out.parameters[p.Name] = p
	}
	return &out, r.Diags
}
