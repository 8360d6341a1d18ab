package catalog

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/stack"
)

// spec reads one stack or hosting.
func (r *reader) spec(n *yaml.Node, s *Service, isStack bool) *spec {
	sp := &spec{stack: isStack, at: r.At(n), service: s, rows: map[stack.Duty][]*Row{}, dutyAt: map[stack.Duty]diag.Range{}}
	what := "A hosting"
	if isStack {
		what = "A stack"
	}
	r.Fields(n, what, map[string]func(*yaml.Node){
		"id":    func(v *yaml.Node) { r.Text(&sp.id, "id")(v); sp.at = r.At(v) },
		"title": r.Text(&sp.title, "title"),
		"class": func(v *yaml.Node) {
			sp.class = stack.Class(v.Value)
			if !sp.class.Valid() {
				r.Errorf(v, "Unknown class", "%q is no class. There are non-managed, managed, serverless.", rulefile.Clip(v.Value))
			}
		},
		"label":    func(v *yaml.Node) { sp.label = r.label(v) },
		"inherits": func(v *yaml.Node) { r.Text(&sp.inherits, "inherits")(v); sp.inheritAt = r.At(v) },
		"roots":    func(v *yaml.Node) { r.roots(v, sp) },
		"uses":     func(v *yaml.Node) { r.uses(v, sp) },
		"works": func(v *yaml.Node) {
			r.Items(v, "works", func(v *yaml.Node) { sp.works = append(sp.works, r.work(v)) })
		},
		"duties": func(v *yaml.Node) { r.duties(v, sp) },
		"examples": func(v *yaml.Node) {
			r.Items(v, "examples", func(v *yaml.Node) { sp.examples = append(sp.examples, r.example(v)) })
		},
	})
	if sp.id == "" {
		r.Errorf(n, "Id missing", "%s has an id.", what)
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
	r.Fields(n, "label", map[string]func(*yaml.Node){"text": r.Text(&l.Text, "text"), "cite": r.citeOf(&l.cite)})
	if l.Text == "" || l.cite.id == "" {
		r.Errorf(n, "Label incomplete", "A label is what AWS itself says: it has text and cite.")
	}
	return l
}

func (r *reader) roots(n *yaml.Node, sp *spec) {
	r.Items(n, "roots", func(item *yaml.Node) {
		sp.roots = append(sp.roots, item.Value)
		sp.rootsAt = append(sp.rootsAt, r.At(item))
	})
}

func (r *reader) uses(n *yaml.Node, sp *spec) {
	r.Each(n, "uses", func(key, value *yaml.Node) {
		u := use{Use: Use{Role: key.Value}, at: r.At(value)}
		r.Text(&u.Type, "The type of a part")(value)
		sp.uses = append(sp.uses, u)
	})
}

func (r *reader) work(n *yaml.Node) Work {
	w := Work{At: r.At(n)}
	var text string
	r.Fields(n, "A part of works", map[string]func(*yaml.Node){
		"part": r.Text(&w.Part, "part"), "party": r.party(&w.Party), "text": r.Text(&text, "text"), "cite": r.citeOf(&w.cite),
	})
	w.Text = strings.Join(strings.Fields(text), " ")
	if w.Part == "" || w.Party == "" || w.Text == "" {
		r.Errorf(n, "Part incomplete", "A part of works has part, party and text.")
	}
	return w
}

func (r *reader) duties(n *yaml.Node, sp *spec) {
	r.Each(n, "duties", func(key, value *yaml.Node) {
		if _, ok := stack.LookupDuty(key.Value); !ok {
			r.Errorf(key, "Unknown duty", "%q is no duty. %s", rulefile.Clip(key.Value), dutyChoices(key.Value))
			return
		}
		duty := stack.Duty(key.Value)
		sp.dutyAt[duty] = r.At(key)
		r.Items(value, key.Value, func(item *yaml.Node) {
			sp.rows[duty] = append(sp.rows[duty], r.row(item, duty))
		})
		if len(sp.rows[duty]) == 0 {
			r.Errorf(key, "Duty without rows", "%s needs at least one row.", duty)
		}
	})
}

func (r *reader) row(n *yaml.Node, duty stack.Duty) *Row {
	row := &Row{Duty: duty, At: r.At(n)}
	r.Fields(n, "A row", map[string]func(*yaml.Node){
		"when": func(v *yaml.Node) {
			r.Text(&row.When, "when")(v)
			row.source = expr.FromYAML(r.Path, r.Content, v)
			if strings.TrimSpace(row.When) == "" {
				r.Errorf(v, "Condition empty", "Write a condition, or leave when out for the last row.")
				row.When = emptyCondition
			}
		},
		"means": r.Sentence(&row.Means, "means"), "party": r.party(&row.Party),
		"shared": func(v *yaml.Node) { row.Shared = r.halves(v) },
		"reason": r.Sentence(&row.Reason, "reason"), "basis": r.basis(&row.Basis), "cite": r.citeOf(&row.cite),
		"residual": r.Sentence(&row.Residual, "residual"),
		"deadline": func(v *yaml.Node) { row.Deadline = r.deadline(v) },
	})
	r.completeRow(n, row)
	return row
}

// emptyCondition stands for a when without text: it does not compile, so that the row never wins by mistake.
const emptyCondition = "(empty)"

func (r *reader) completeRow(n *yaml.Node, row *Row) {
	if row.Party == "" {
		r.Errorf(n, "Party missing", "A row of %s names a party: one of %s.", row.Duty, joinParties())
	}
	if row.Reason == "" {
		r.Errorf(n, "Reason missing", "A row of %s says why in one sentence.", row.Duty)
	}
	if row.When != "" && row.Means == "" {
		r.Errorf(n, "Means missing", "A conditional row says its condition in words, to follow \"when\".")
	}
	if row.When == "" && row.Means != "" {
		r.Errorf(n, "Means without a condition", "Only a row with when has means.")
	}
	if strings.HasSuffix(row.Means, ".") {
		r.Errorf(n, "Means ends a sentence", "means continues the word \"when\" and has no full stop.")
	}
	if (row.Party == stack.Shared) != (row.Shared != nil) {
		r.Errorf(n, "Halves and party differ", "A shared row, and only it, names both halves: shared: {aws: …, customer: …}.")
	}
	r.needCite(n, row.Basis, row.cite)
}

func (r *reader) halves(n *yaml.Node) *Halves {
	h := &Halves{}
	r.Fields(n, "shared", map[string]func(*yaml.Node){
		"aws": r.Sentence(&h.AWS, "aws"), "customer": r.Sentence(&h.Customer, "customer"),
	})
	if h.AWS == "" || h.Customer == "" {
		r.Errorf(n, "Half missing", "shared names both halves, aws and customer, one sentence each.")
	}
	return h
}

func (r *reader) deadline(n *yaml.Node) *Deadline {
	d := &Deadline{}
	r.Fields(n, "deadline", map[string]func(*yaml.Node){
		"days": func(v *yaml.Node) {
			days, err := strconv.Atoi(v.Value)
			if err != nil || days < 0 || days > 3650 {
				r.Errorf(v, "Not a number of days", "days is a whole number from 0 to 3650; this is %s.", rulefile.KindName(v))
			}
			d.Days = days
		},
		"from": r.Sentence(&d.From, "from"),
	})
	if d.From == "" {
		r.Errorf(n, "Deadline incomplete", "A deadline has days and from, the event that starts them.")
	}
	return d
}

func (r *reader) example(n *yaml.Node) *Example {
	ex := &Example{At: r.At(n), Given: map[string]inventory.Value{}, givenAt: map[string]diag.Range{}}
	r.Fields(n, "An example", map[string]func(*yaml.Node){
		"name": r.Text(&ex.Name, "name"),
		"given": func(v *yaml.Node) {
			r.Each(v, "given", func(role, props *yaml.Node) {
				ex.Given[role.Value] = r.Value(props)
				ex.givenAt[role.Value] = r.At(role)
			})
		},
		"asOf":   r.Day(&ex.AsOf, "asOf is a day"),
		"expect": func(v *yaml.Node) { r.expect(v, ex) },
	})
	if ex.Name == "" || len(ex.Expect) == 0 {
		r.Errorf(n, "Example incomplete", "An example has a name and expects at least one duty's party.")
	}
	return ex
}

func (r *reader) expect(n *yaml.Node, ex *Example) {
	r.Each(n, "expect", func(key, value *yaml.Node) {
		if _, ok := stack.LookupDuty(key.Value); !ok {
			r.Errorf(key, "Unknown duty", "%q is no duty. %s", rulefile.Clip(key.Value), dutyChoices(key.Value))
			return
		}
		e := Expectation{Duty: stack.Duty(key.Value), At: r.At(value)}
		r.party(&e.Party)(value)
		ex.Expect = append(ex.Expect, e)
	})
}

func dutyChoices(name string) string {
	names := make([]string, 0, 32)
	for _, d := range stack.Duties() {
		names = append(names, string(d))
	}
	return expr.Suggest(name, names)
}
