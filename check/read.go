package check

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/stack"
)

// reader turns the YAML of one file into checks.
type reader struct {
	rulefile.Reader
	tables map[string]expr.Table
	shared func(service string) map[string]expr.Table
}

func parse(path, text string, shared func(string) map[string]expr.Table) (*content, diag.List) {
	r := &reader{
		Reader: rulefile.Reader{Path: path, Content: text, What: "checks", Begins: "checks or attest"},
		tables: map[string]expr.Table{}, shared: shared,
	}
	out := &content{}
	root := r.Root()
	if root == nil {
		return out, r.Diags
	}
	r.Fields(root, "A file of checks", map[string]func(*yaml.Node){
		"tables":   func(n *yaml.Node) { r.Tables(n, r.tables) },
		"tablesOf": r.tablesOf,
		"checks": func(n *yaml.Node) {
			r.Items(n, "checks", func(n *yaml.Node) { out.checks = append(out.checks, r.check(n)) })
		},
		"attest": func(n *yaml.Node) {
			r.Items(n, "attest", func(n *yaml.Node) { out.statements = append(out.statements, r.statement(n)) })
		},
	})
	for _, c := range out.checks {
		c.Tables = r.tables
	}
	return out, r.Diags
}

// tablesOf takes over the dated tables of services of the catalog, so that an end date is written once.
func (r *reader) tablesOf(n *yaml.Node) {
	r.Items(n, "tablesOf", func(item *yaml.Node) {
		var id string
		r.Text(&id, "Each of tablesOf")(item)
		var tables map[string]expr.Table
		if r.shared != nil {
			tables = r.shared(id)
		}
		if len(tables) == 0 {
			r.Errorf(item, "No such tables", "The catalog has no service %q with tables.", rulefile.Clip(id))
		}
		maps.Copy(r.tables, tables)
	})
}

func (r *reader) check(n *yaml.Node) *Check {
	c := &Check{At: r.At(n), Otherwise: Unmet, ready: &ready{}}
	types := map[string]string{}
	r.Fields(n, "A check", map[string]func(*yaml.Node){
		"id": r.Text(&c.ID, "id"), "title": r.Sentence(&c.Title, "title"), "why": r.Sentence(&c.Why, "why"),
		"severity": r.severity(&c.Severity), "duty": r.duty(&c.Duty),
		"on": func(n *yaml.Node) {
			r.Each(n, "on", func(key, value *yaml.Node) { c.On.Role = key.Value; r.Text(&c.On.Type, "on")(value) })
		},
		"uses": func(n *yaml.Node) {
			r.Each(n, "uses", func(key, value *yaml.Node) {
				var typ string
				r.Text(&typ, "A part of uses")(value)
				types[key.Value] = typ
			})
		},
		"hostings": r.Strings(&c.Hostings, "hostings"),
		"when":     r.condition(&c.When, &c.when), "means": r.Sentence(&c.Means, "means"),
		"met":       r.condition(&c.Met, &c.met),
		"otherwise": r.otherwise(c), "lacking": r.Sentence(&c.Lacking, "lacking"),
		"remedy": r.Sentence(&c.Remedy, "remedy"), "references": r.references(&c.References),
		"terraform": r.fix(c, "terraform"), "cloudformation": r.fix(c, "cloudformation"), "kubernetes": r.fix(c, "kubernetes"),
		"examples": func(n *yaml.Node) {
			r.Items(n, "examples", func(n *yaml.Node) { c.Examples = append(c.Examples, r.example(n)) })
		},
	})
	c.Uses = uses(types)
	r.complete(n, c)
	return c
}

// complete asks for what each check must have.
func (r *reader) complete(n *yaml.Node, c *Check) {
	for _, f := range []struct{ name, value string }{
		{"id", c.ID}, {"title", c.Title}, {"why", c.Why}, {"severity", string(c.Severity)}, {"duty", string(c.Duty)},
		{"on", c.On.Type}, {"met", c.Met}, {"remedy", c.Remedy},
	} {
		if f.value == "" {
			r.Errorf(n, "Check incomplete", "The check %q needs %s.", rulefile.Clip(c.ID), f.name)
		}
	}
	if c.When != "" && c.Means == "" {
		r.Errorf(n, "Check incomplete", "The check %q needs means: its when in words.", rulefile.Clip(c.ID))
	}
	if c.Otherwise == Undetermined && c.Lacking == "" {
		r.Errorf(n, "Check incomplete", "The check %q needs lacking: what would prove it where this input does not.", rulefile.Clip(c.ID))
	}
}

func (r *reader) severity(dst *Severity) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*dst = Severity(n.Value)
		if dst.Rank() == 0 {
			r.Errorf(n, "Unknown severity", "%q is no severity. There are critical, high, medium, low.", rulefile.Clip(n.Value))
		}
	}
}

func (r *reader) duty(dst *stack.Duty) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*dst = stack.Duty(n.Value)
		if _, ok := stack.LookupDuty(n.Value); !ok {
			names := make([]string, 0, 32)
			for _, d := range stack.Duties() {
				names = append(names, string(d))
			}
			r.Errorf(n, "Unknown duty", "%q is no duty. %s", rulefile.Clip(n.Value), expr.Suggest(n.Value, names))
		}
	}
}

func (r *reader) condition(text *string, src *expr.Source) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.Text(text, "A condition")(n)
		*src = expr.FromYAML(r.Path, r.Content, n)
	}
}

func (r *reader) otherwise(c *Check) func(*yaml.Node) {
	return func(n *yaml.Node) {
		c.Otherwise = Verdict(n.Value)
		if c.Otherwise != Unmet && c.Otherwise != Undetermined {
			r.Errorf(n, "Unknown verdict", "otherwise is unmet or undetermined; this is %s.", rulefile.KindName(n))
		}
	}
}

func (r *reader) references(dst *References) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.Fields(n, "references", map[string]func(*yaml.Node){
			"config": r.Strings(&dst.ConfigRules, "config"), "securityHub": r.Strings(&dst.SecurityHub, "securityHub"),
			"url": r.Text(&dst.URL, "url"), "title": r.Text(&dst.Title, "title"), "seen": r.Text(&dst.Seen, "seen"),
		})
	}
}

func (r *reader) fix(c *Check, form string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		f := Fix{Form: form, At: r.At(n)}
		r.Fields(n, form, map[string]func(*yaml.Node){"bad": r.Text(&f.Bad, "bad"), "ok": r.Text(&f.OK, "ok")})
		if f.Bad == "" || f.OK == "" {
			r.Errorf(n, "Fix incomplete", "A fix has a configuration that is bad and one that is ok.")
		}
		c.Fixes = append(c.Fixes, f)
	}
}

func (r *reader) example(n *yaml.Node) Example {
	ex := Example{At: r.At(n), Given: map[string]inventory.Value{}, givenAt: map[string]diag.Range{}}
	r.Fields(n, "An example", map[string]func(*yaml.Node){
		"name": r.Text(&ex.Name, "name"),
		"given": func(n *yaml.Node) {
			r.Each(n, "given", func(role, props *yaml.Node) {
				ex.Given[role.Value], ex.givenAt[role.Value] = r.Value(props), r.At(role)
			})
		},
		"asOf":   r.Day(&ex.AsOf, "asOf is a day"),
		"expect": r.expect(&ex.Expect),
	})
	if ex.Name == "" {
		r.Errorf(n, "Example incomplete", "An example has a name.")
	}
	return ex
}

func (r *reader) expect(dst *Verdict) func(*yaml.Node) {
	return func(n *yaml.Node) {
		switch n.Value {
		case string(Met), string(Unmet), string(Undetermined):
			*dst = Verdict(n.Value)
		case "none":
			*dst = ""
		default:
			r.Errorf(n, "Unknown verdict", "An example expects met, unmet, undetermined or none; this is %s.", rulefile.KindName(n))
		}
	}
}

func (r *reader) statement(n *yaml.Node) Statement {
	st := Statement{At: r.At(n)}
	r.Fields(n, "A statement", map[string]func(*yaml.Node){
		"duty": r.duty(&st.Duty), "hostings": r.Strings(&st.Hostings, "hostings"), "says": r.Sentence(&st.Says, "says"),
	})
	if st.Duty == "" || !strings.HasSuffix(st.Says, ".") {
		r.Errorf(n, "Statement incomplete", "It needs a duty and says: what a person states, as a sentence.")
	}
	return st
}

// Forms are the kinds of source that fixes are written in.
func Forms() []string { return slices.Clone([]string{"terraform", "cloudformation", "kubernetes"}) }
