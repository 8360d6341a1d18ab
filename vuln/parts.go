package vuln

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/stack"
)

// nobody is the triple of a copy that is not there, unknown that of one of which nothing can be said.
var (
	nobody  = Triple{Who: NotAffected, FixBuiltBy: stack.NotApplicable, AppliedBy: stack.NotApplicable, Residual: None}
	unknown = Triple{Who: Undetermined, FixBuiltBy: stack.Undetermined, AppliedBy: stack.Undetermined, Residual: UnknownResidual}
)

// parts lists the copies of one component in a subject.
func (m *Model) parts(v *Vulnerability, c Component, s *subject) []Part {
	k := c.key()
	cl := m.rules.classOf(k)
	base := Part{Component: c.String(), Basis: Rule}
	if cl == nil {
		base.Triple, base.Reason = unknown, fmt.Sprintf("No rule says what kind of component %q is.", clip(c.String()))
		return []Part{base}
	}
	base.Class = cl.ID
	if s.traits == nil {
		base.Triple, base.Reason = unknown, unknownHosting(s.id)
		return []Part{base}
	}
	var out []Part
	for _, cp := range m.rules.located(c, cl.copiesIn(s.id, s.traits, k)) {
		p := base
		p.Layer, p.Place, p.beneath, p.outside = cp.Layer, cp.Place, cp.Beneath, cp.Place == "outside"
		p.Citation = cp.citation
		m.fillPart(v, &p, &cp, k, cl, s)
		out = append(out, p)
	}
	if len(out) == 0 {
		base.Triple, base.Reason = unknown, fmt.Sprintf("No rule says whether %s (%s) is part of this hosting.", k.name, cl.Title)
		out = append(out, base)
	}
	return out
}

func unknownHosting(id string) string {
	if id == "unknown" {
		return "The hosting is not known, so nobody can be named."
	}
	return fmt.Sprintf("The rules do not know the hosting %q, so nobody can be named.", clip(id))
}

// copiesIn selects the copies of a class in a hosting.
func (c *class) copiesIn(id string, t *has, k key) []copyRule {
	var out []copyRule
	for _, cp := range c.Copies {
		if cp.Otherwise && len(out) > 0 {
			break
		}
		if cp.On.holds(id, t, k) {
			out = append(out, cp)
		}
	}
	return out
}

// located keeps the copies that lie where an inventory has found the component.
func (r *Rules) located(c Component, copies []copyRule) []copyRule {
	loc, ok := r.residuals.Locations[c.Location]
	if !ok {
		return copies
	}
	if loc.Layer != "" {
		return []copyRule{{Layer: loc.Layer, Place: loc.Place, BuiltBy: loc.BuiltBy}}
	}
	var out []copyRule
	for _, cp := range copies {
		if slices.Contains(loc.Layers, cp.Layer) {
			cp.When, cp.Beneath = "", false // it has been seen
			out = append(out, cp)
		}
	}
	if len(out) == 0 && len(loc.Layers) > 0 {
		out = append(out, copyRule{Layer: loc.Layers[0], Place: strings.TrimSuffix(c.Location, "-layer")})
	}
	return out
}

// fillPart says whose a copy is.
func (m *Model) fillPart(v *Vulnerability, p *Part, cp *copyRule, k key, cl *class, s *subject) {
	named := func(text string) string { return strings.ReplaceAll(text, "{name}", k.name) }
	switch {
	case cp.Absent != "":
		p.Triple, p.Reason, p.Provided = nobody, sentence(named(cp.Absent)), named(cp.Unless)
		return
	case cp.Unknown != "":
		p.Triple, p.Reason = unknown, sentence(named(cp.Unknown))
		return
	}
	if a := m.rules.absence(cp, k, s); a != nil {
		p.Triple, p.Reason, p.Provided, p.Citation, p.Basis = nobody, a.Why, a.Unless, a.Cite, Documented
		return
	}
	if cp.Layer == "language-runtime" && s.runtime() != "" && otherLanguage(s.runtime(), k) {
		p.Triple, p.Reason = nobody, fmt.Sprintf("The function runs on %s, which has no %s.", s.runtime(), k.name)
		return
	}
	if s.shipped != nil && shippedLayer(cp.Layer) && !ships(s.shipped, k) {
		p.Triple, p.Reason = nobody, fmt.Sprintf("The inventory of what the workload ships does not have %s.", k.name)
		return
	}
	m.own(v, p, cp, k, cl, s)
	if p.Provided = named(cp.When); s.shipped != nil && shippedLayer(cp.Layer) {
		p.Provided = ""
	}
}

func shippedLayer(l stack.Layer) bool { return l == "image" || l == "application" }

func ships(shipped []key, k key) bool {
	return slices.ContainsFunc(shipped, func(x key) bool {
		return k.purl != "" && x.purl == k.purl || k.short() != "" && x.short() == k.short()
	})
}

// absence finds out whether the subject's machine image is known to lack a component.
func (r *Rules) absence(cp *copyRule, k key, s *subject) *absence {
	if cp.Layer != "operating-system" {
		return nil
	}
	kind := s.imageKind()
	for i := range r.residuals.Absences {
		a := &r.residuals.Absences[i]
		if anyGlob(a.Product, k.short()) && slices.Contains(a.Image, kind) && among(a.Hosting, s.id) {
			return a
		}
	}
	return nil
}

// holders are the duties that decide about a layer: who makes the patched artefact and who gets it onto what runs. A
// layer without the pair is kept by whoever operates, builds or isolates it.
func holders(l stack.Layer) (publish, apply stack.Duty) {
	switch l {
	case "hardware", "control-plane":
		return stack.Duty(l + "/operate"), stack.Duty(l + "/operate")
	case "virtualization":
		return "virtualization/isolate", "virtualization/isolate"
	case "image":
		return "image/build", "image/build"
	case "application":
		return "application/dependencies", "application/dependencies"
	}
	return stack.Duty(l + "/publish"), stack.Duty(l + "/apply")
}

// own decides a copy by the duties of its layer.
func (m *Model) own(v *Vulnerability, p *Part, cp *copyRule, k key, cl *class, s *subject) {
	publish, apply := holders(cp.Layer)
	pub, app := s.duties[publish], s.duties[apply]
	if pub == nil || app == nil {
		p.Triple, p.Reason = unknown, unknownHosting(s.id)
		return
	}
	if app.Party == stack.NotApplicable {
		p.Triple, p.Reason = nobody, sentence(app.Reason)
		return
	}
	row := s.rowOf(apply, app)
	built := pub.Party
	if cp.BuiltBy != "" {
		built = cp.BuiltBy
	}
	d := m.decide(v, cp, s, built, app.Party, row)
	p.Triple = d.triple
	p.Reason = fmt.Sprintf("%s (%s) lies in the layer %s.", k.name, cl.Title, cp.Layer)
	if !d.earlier {
		p.Reason += " " + sentence(app.Reason)
	}
	if d.why != "" {
		p.Reason += " " + d.why
	}
	p.Todo = strings.ReplaceAll(d.todo, "{name}", k.name)
	p.decidedBy = app.DecidedBy
	if p.Citation == nil {
		p.Citation = app.Citation
	}
	if d.cite != nil {
		p.Citation = d.cite
	}
	if app.Basis == stack.Documented && app.Party != stack.Undetermined && p.Citation != nil {
		p.Basis = Documented
	}
	if app.Deadline != nil && d.triple.Who == AWS {
		p.deadline = fmt.Sprintf("within %d days after %s", app.Deadline.Days, app.Deadline.From)
	}
	p.conditions = m.conditions(v, cp, s, d.triple, publish, apply)
	p.conditions = append(p.conditions, brought(cp, k, s, d.triple)...)
	if d.triple.Who == Undetermined {
		p.conditions = append(p.conditions, m.candidates(v, cp, s, built, app)...)
	}
}

// decision is what follows from the parties of a copy's duties.
type decision struct {
	triple Triple
	why    string
	todo   string
	cite   *allocation.Citation
	// earlier is set when the hosting did not yet behave as the catalog has it.
	earlier bool
}

// decide turns the parties of publish and apply into a triple. AWS brings a fix to what runs only if it also makes one.
func (m *Model) decide(v *Vulnerability, cp *copyRule, s *subject, built, applied stack.Party, row string) decision {
	d := decision{triple: Triple{FixBuiltBy: built, AppliedBy: applied}}
	switch applied {
	case stack.AWS:
		d.triple.Who = AWS
		switch built {
		case stack.Customer, stack.ThirdParty, stack.Shared:
			d.triple.Who = Customer
		case stack.Undetermined, stack.NotApplicable:
			d.triple.Who = Undetermined
		}
	case stack.Customer:
		d.triple.Who = Customer
	case stack.Shared:
		d.triple.Who, d.why = whose(m.rules.residuals.Shared, cp, s, row, Customer)
	case stack.ThirdParty:
		d.triple.Who, d.why = whose(m.rules.residuals.ThirdParty, cp, s, row, Undetermined)
	default:
		d.triple.Who = Undetermined
	}
	if b := m.rules.earlier(v, cp, s); b != nil && d.triple.Who == AWS {
		d.triple.Who, d.triple.AppliedBy, d.why, d.cite, d.earlier = b.Owner, stack.Customer, b.Why, b.Cite, true
	}
	d.triple.Residual, d.todo = m.rules.residual(cp, s, d.triple.Who, row)
	return d
}

// whose says who acts where a duty is shared or a third party's, by the first rule that fits, else otherwise.
func whose(rules []sharedRule, cp *copyRule, s *subject, row string, otherwise Who) (Who, string) {
	for i := range rules {
		if rules[i].fits(cp.Layer, cp.Place, s.id, s.traits, row) {
			return rules[i].Owner, rules[i].Why
		}
	}
	return otherwise, ""
}

// earlier finds a rule for vulnerabilities that were fixed before the hosting behaved as it does now.
func (r *Rules) earlier(v *Vulnerability, cp *copyRule, s *subject) *beforeRule {
	if v.Facts == nil || v.Facts.Fixed == "" {
		return nil
	}
	for i := range r.residuals.Before {
		b := &r.residuals.Before[i]
		if b.fits(cp.Layer, cp.Place, s.id, s.traits, "") && v.Facts.Fixed <= b.Until {
			return b
		}
	}
	return nil
}

func (r *Rules) residual(cp *copyRule, s *subject, owner Who, row string) (Residual, string) {
	if owner == Undetermined {
		return UnknownResidual, ""
	}
	for i := range r.residuals.Residuals {
		rule := &r.residuals.Residuals[i]
		if (rule.Owner == "" || rule.Owner == owner) && rule.fits(cp.Layer, cp.Place, s.id, s.traits, row) {
			return rule.Residual, rule.Text
		}
	}
	return UnknownResidual, ""
}

// rowOf finds the catalog row that a duty was worded from and returns its condition.
func (s *subject) rowOf(d stack.Duty, duty *allocation.Duty) string {
	if s.hosting == nil {
		return ""
	}
	for _, row := range s.hosting.Rows(d) {
		if row.Party == duty.Party && row.Reason != "" && strings.HasPrefix(duty.Reason, row.Reason) {
			return row.When
		}
	}
	return ""
}

// conditions lists the rows of the catalog that would give another answer.
func (m *Model) conditions(v *Vulnerability, cp *copyRule, s *subject, is Triple, publish, apply stack.Duty) []Condition {
	if s.hosting == nil || !s.whole {
		return nil
	}
	pub, app := s.duties[publish], s.duties[apply]
	var out []Condition
	add := func(row *catalog.Row, built, applied stack.Party) {
		if cp.BuiltBy != "" {
			built = cp.BuiltBy
		}
		if applied == stack.NotApplicable || row.Means == "" {
			return
		}
		d := m.decide(v, cp, s, built, applied, row.When)
		same := d.triple.Who == is.Who && d.triple.Residual == is.Residual
		if !same && !slices.ContainsFunc(out, func(c Condition) bool { return c.When == row.Means }) {
			out = append(out, Condition{When: row.Means, Triple: d.triple})
		}
	}
	for _, row := range s.hosting.Rows(apply) {
		if publish == apply {
			add(row, row.Party, row.Party)
		} else {
			add(row, publisherFor(s.hosting.Rows(publish), row, pub.Party), row.Party)
		}
	}
	for _, row := range s.hosting.Rows(publish) {
		if publish != apply {
			add(row, row.Party, app.Party)
		}
	}
	return out
}

// brought lists copies that the customer may have beside AWS's: one that the rule names, and a program that is built with
// the Go module.
func brought(cp *copyRule, k key, s *subject, is Triple) []Condition {
	if is.Who != AWS || s.shipped != nil {
		return nil
	}
	own := Triple{Who: Customer, FixBuiltBy: stack.ThirdParty, AppliedBy: stack.Customer}
	switch {
	case cp.Or != nil:
		own.Residual = cp.Or.Residual
		return []Condition{{When: strings.ReplaceAll(cp.Or.When, "{name}", k.name), Triple: own}}
	case strings.HasPrefix(k.purl, "golang/") && s.traits.Ships != "none":
		own.Residual = UpgradeLibrary
		if s.traits.Ships == "image" {
			own.Residual = RebuildImage
		}
		return []Condition{{When: fmt.Sprintf("a program of the customer's is built with the module %s", k.name), Triple: own}}
	}
	return nil
}

// publisherFor is who makes the fix under the condition of an apply row: whoever the publish row of the same condition
// names, else whoever does now.
func publisherFor(rows []*catalog.Row, apply *catalog.Row, now stack.Party) stack.Party {
	for _, row := range rows {
		if row.When == apply.When && row.When != "" {
			return row.Party
		}
	}
	return now
}

// candidates lists what an undetermined duty of a workload could come to.
func (m *Model) candidates(v *Vulnerability, cp *copyRule, s *subject, built stack.Party, app *allocation.Duty) []Condition {
	var out []Condition
	for _, c := range app.Candidates {
		d := m.decide(v, cp, s, built, c.Party, "")
		out = append(out, Condition{When: c.When, Triple: d.triple})
	}
	return out
}

// open reports whether the fix of a vulnerability was not to be had yet on the day.
func (f *Facts) open(asOf time.Time) bool {
	if f == nil || f.Mitigation == nil {
		return false
	}
	return f.Fixed == "" || !asOf.IsZero() && asOf.Format(time.DateOnly) < f.Fixed
}

// sentence makes a text a sentence.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}
