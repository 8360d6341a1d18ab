package catalog

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
)

// spec reads one stack or hosting.
func (r *reader) spec(n *yaml.Node, s *Service, isStack bool) *spec {
	sp := &spec{stack: isStack, at: r.at(n), service: s, rows: map[stack.Duty][]*Row{}, dutyAt: map[stack.Duty]diag.Range{}}
	what := "A hosting"
	if isStack {
		what = "A stack"
	}
	r.fields(n, what, map[string]func(*yaml.Node){
		"id":    func(v *yaml.Node) { r.textOf(&sp.id, "id")(v); sp.at = r.at(v) },
		"title": r.textOf(&sp.title, "title"),
		"class": func(v *yaml.Node) {
			sp.class = stack.Class(v.Value)
			if !sp.class.Valid() {
				r.errorf(v, "Unknown class", "%q is no class. There are non-managed, managed, serverless.", clip(v.Value))
			}
		},
		"label":    func(v *yaml.Node) { sp.label = r.label(v) },
		"inherits": func(v *yaml.Node) { r.textOf(&sp.inherits, "inherits")(v); sp.inheritAt = r.at(v) },
		"roots":    func(v *yaml.Node) { r.roots(v, sp) },
		"uses":     func(v *yaml.Node) { r.uses(v, sp) },
		"works": func(v *yaml.Node) {
			r.items(v, "works", func(v *yaml.Node) { sp.works = append(sp.works, r.work(v)) })
		},
		"duties": func(v *yaml.Node) { r.duties(v, sp) },
		"examples": func(v *yaml.Node) {
			r.items(v, "examples", func(v *yaml.Node) { sp.examples = append(sp.examples, r.example(v)) })
		},
	})
	if sp.id == "" {
		r.errorf(n, "Id missing", "%s has an id.", what)
	}
	for _, rows := range sp.rows {
		for _, row := range rows {
			row.Owner = sp.id
		}
	}
	return sp
}

func (r *reader) label(n *yaml.Node) *Label {
	l := &Label{}
	r.fields(n, "label", map[string]func(*yaml.Node){"text": r.textOf(&l.Text, "text"), "cite": r.citeOf(&l.cite)})
	if l.Text == "" || l.cite.id == "" {
		r.errorf(n, "Label incomplete", "A label is what AWS itself says: it has text and cite.")
	}
	return l
}

func (r *reader) roots(n *yaml.Node, sp *spec) {
	r.items(n, "roots", func(item *yaml.Node) {
		sp.roots = append(sp.roots, item.Value)
		sp.rootsAt = append(sp.rootsAt, r.at(item))
	})
}

func (r *reader) uses(n *yaml.Node, sp *spec) {
	r.each(n, "uses", func(key, value *yaml.Node) {
		u := use{Use: Use{Role: key.Value}, at: r.at(value)}
		r.textOf(&u.Type, "The type of a part")(value)
		sp.uses = append(sp.uses, u)
	})
}

func (r *reader) work(n *yaml.Node) Work {
	w := Work{At: r.at(n)}
	var text string
	r.fields(n, "A part of works", map[string]func(*yaml.Node){
		"part": r.textOf(&w.Part, "part"), "party": r.party(&w.Party), "text": r.textOf(&text, "text"), "cite": r.citeOf(&w.cite),
	})
	w.Text = strings.Join(strings.Fields(text), " ")
	if w.Part == "" || w.Party == "" || w.Text == "" {
		r.errorf(n, "Part incomplete", "A part of works has part, party and text.")
	}
	return w
}

func (r *reader) duties(n *yaml.Node, sp *spec) {
	r.each(n, "duties", func(key, value *yaml.Node) {
		if _, ok := stack.LookupDuty(key.Value); !ok {
			r.errorf(key, "Unknown duty", "%q is no duty. %s", clip(key.Value), dutyChoices(key.Value))
			return
		}
		duty := stack.Duty(key.Value)
		sp.dutyAt[duty] = r.at(key)
		r.items(value, key.Value, func(item *yaml.Node) {
			sp.rows[duty] = append(sp.rows[duty], r.row(item, duty))
		})
		if len(sp.rows[duty]) == 0 {
			r.errorf(key, "Duty without rows", "%s needs at least one row.", duty)
		}
	})
}

func (r *reader) row(n *yaml.Node, duty stack.Duty) *Row {
	row := &Row{Duty: duty, At: r.at(n)}
	r.fields(n, "A row", map[string]func(*yaml.Node){
		"when": func(v *yaml.Node) {
			r.textOf(&row.When, "when")(v)
			row.source = expr.FromYAML(r.path, r.text, v)
			if strings.TrimSpace(row.When) == "" {
				r.errorf(v, "Condition empty", "Write a condition, or leave when out for the last row.")
				row.When = emptyCondition
			}
		},
		"means": r.sentence(&row.Means, "means"), "party": r.party(&row.Party),
		"shared": func(v *yaml.Node) { row.Shared = r.halves(v) },
		"reason": r.sentence(&row.Reason, "reason"), "basis": r.basis(&row.Basis), "cite": r.citeOf(&row.cite),
		"residual": r.sentence(&row.Residual, "residual"),
		"deadline": func(v *yaml.Node) { row.Deadline = r.deadline(v) },
	})
	r.completeRow(n, row)
	return row
}

// emptyCondition stands for a when without text: it does not compile, so that the row never wins by mistake.
const emptyCondition = "(empty)"

func (r *reader) completeRow(n *yaml.Node, row *Row) {
	if row.Party == "" {
		r.errorf(n, "Party missing", "A row of %s names a party: one of %s.", row.Duty, joinParties())
	}
	if row.Reason == "" {
		r.errorf(n, "Reason missing", "A row of %s says why in one sentence.", row.Duty)
	}
	if row.When != "" && row.Means == "" {
		r.errorf(n, "Means missing", "A conditional row says its condition in words, to follow \"when\".")
	}
	if row.When == "" && row.Means != "" {
		r.errorf(n, "Means without a condition", "Only a row with when has means.")
	}
	if strings.HasSuffix(row.Means, ".") {
		r.errorf(n, "Means ends a sentence", "means continues the word \"when\" and has no full stop.")
	}
	if (row.Party == stack.Shared) != (row.Shared != nil) {
		r.errorf(n, "Halves and party differ", "A shared row, and only it, names both halves: shared: {aws: …, customer: …}.")
	}
	r.needCite(n, row.Basis, row.cite)
}

func (r *reader) halves(n *yaml.Node) *Halves {
	h := &Halves{}
	r.fields(n, "shared", map[string]func(*yaml.Node){
		"aws": r.sentence(&h.AWS, "aws"), "customer": r.sentence(&h.Customer, "customer"),
	})
	if h.AWS == "" || h.Customer == "" {
		r.errorf(n, "Half missing", "shared names both halves, aws and customer, one sentence each.")
	}
	return h
}

func (r *reader) deadline(n *yaml.Node) *Deadline {
	d := &Deadline{}
	r.fields(n, "deadline", map[string]func(*yaml.Node){
		"days": func(v *yaml.Node) {
			days, err := strconv.Atoi(v.Value)
			if err != nil || days < 0 || days > 3650 {
				r.errorf(v, "Not a number of days", "days is a whole number from 0 to 3650; this is %s.", kindName(v))
			}
			d.Days = days
		},
		"from": r.sentence(&d.From, "from"),
	})
	if d.From == "" {
		r.errorf(n, "Deadline incomplete", "A deadline has days and from, the event that starts them.")
	}
	return d
}

func (r *reader) example(n *yaml.Node) *Example {
	ex := &Example{At: r.at(n), Given: map[string]inventory.Value{}, givenAt: map[string]diag.Range{}}
	r.fields(n, "An example", map[string]func(*yaml.Node){
		"name": r.textOf(&ex.Name, "name"),
		"given": func(v *yaml.Node) {
			r.each(v, "given", func(role, props *yaml.Node) {
				ex.Given[role.Value] = r.value(props)
				ex.givenAt[role.Value] = r.at(role)
			})
		},
		"asOf": func(v *yaml.Node) {
			day, err := time.Parse(time.DateOnly, v.Value)
			if err != nil {
				r.errorf(v, "Not a date", "asOf is a day as YYYY-MM-DD; this is %s.", kindName(v))
			}
			ex.AsOf = day
		},
		"expect": func(v *yaml.Node) { r.expect(v, ex) },
	})
	if ex.Name == "" || len(ex.Expect) == 0 {
		r.errorf(n, "Example incomplete", "An example has a name and expects at least one duty's party.")
	}
	return ex
}

func (r *reader) expect(n *yaml.Node, ex *Example) {
	r.each(n, "expect", func(key, value *yaml.Node) {
		if _, ok := stack.LookupDuty(key.Value); !ok {
			r.errorf(key, "Unknown duty", "%q is no duty. %s", clip(key.Value), dutyChoices(key.Value))
			return
		}
		e := Expectation{Duty: stack.Duty(key.Value), At: r.at(value)}
		r.party(&e.Party)(value)
		ex.Expect = append(ex.Expect, e)
	})
}

// value reads a property of an example. The tag !unknown makes an unknown value, whatever it stands on.
func (r *reader) value(n *yaml.Node) inventory.Value {
	at := r.at(n)
	if n.Tag == "!unknown" {
		return inventory.UnknownValue(at, inventory.Step{Name: "the example", Note: "marked !unknown", At: at})
	}
	switch n.Kind {
	case yaml.SequenceNode:
		items := make([]inventory.Value, 0, len(n.Content))
		for _, c := range n.Content {
			items = append(items, r.value(c))
		}
		return inventory.ListValue(items, at)
	case yaml.MappingNode:
		var props []inventory.Property
		r.each(n, "An object", func(key, value *yaml.Node) {
			props = append(props, inventory.Property{Name: key.Value, Value: r.value(value)})
		})
		return inventory.MapValue(props, at)
	}
	return r.scalar(n)
}

func (r *reader) scalar(n *yaml.Node) inventory.Value {
	at := r.at(n)
	switch n.ShortTag() {
	case "!!null":
		return inventory.NullValue(at)
	case "!!bool":
		if b, err := strconv.ParseBool(n.Value); err == nil {
			return inventory.BoolValue(b, at)
		}
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return inventory.NumberValue(f, at)
		}
	case "!!str", "!!timestamp":
	default:
		r.errorf(n, "Unknown tag", "%q is no tag of an example; there is !unknown.", clip(n.Tag))
	}
	return inventory.StringValue(n.Value, at)
}

func dutyChoices(name string) string {
	names := make([]string, 0, 32)
	for _, d := range stack.Duties() {
		names = append(names, string(d))
	}
	return expr.Suggest(name, names)
}

func keyChoices(name string, known map[string]func(*yaml.Node)) string {
	return expr.Suggest(name, slices.Sorted(maps.Keys(known)))
}
