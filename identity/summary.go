package identity

import (
	"iter"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// Summary counts what a principal may do. An action counts once, however many resources it is allowed on.
type Summary struct {
	// Counts are by access level (List … Permissions).
	Counts [5]Count
	// Services are the prefixes of the services with at least one action that is or may be allowed, in order.
	Services []string
	// Admin tells whether the principal can do everything: nine in ten of all actions on every resource, all of IAM's
	// permissions management among them. PowerUserAccess is not, because it lacks IAM.
	Admin Truth
	// Wildcards are the patterns that allow more than reading on resources that they do not name.
	Wildcards []Wildcard
	// Unrecognised are actions of statements that no action of the table matches: newer than the table, or misspelt.
	Unrecognised []Pattern
}

// Count is the number of actions of one access level.
type Count struct {
	// Control and Data are certainly allowed; MaybeControl and MaybeData hang on something unknown.
	Control, Data, MaybeControl, MaybeData int
}

// Wildcard is an action pattern with a wildcard that an Allow statement has on resources without a name.
type Wildcard struct {
	Pattern   Pattern
	Statement *Statement
	// Writes and Permissions are how many actions of these access levels the pattern gives; Tagging counts as a write.
	Writes, Permissions int
	// Broad tells whether it is for every resource of the service.
	Broad Truth
}

// Total adds up the actions that are certainly allowed.
func (s Summary) Total() int {
	n := 0
	for _, c := range s.Counts {
		n += c.Control + c.Data
	}
	return n
}

// class is a set of actions that every statement treats alike.
type class struct {
	grants []Grant
	// broad tells whether the actions are allowed on all resources.
	broad Truth
	truth Truth
}

// summarise evaluates every action of the table that a statement may allow.
func (a *Analyzer) summarise(e *expansion, ctx Context) Summary {
	var out Summary
	table := cursor{of: a.actions}
	broad, iam, some := 0, Yes, Yes // of IAM's permissions management: on every resource, on any
	classes := map[string]*class{}
	services := map[string]bool{}
	last, c := "", (*class)(nil)
	if !e.visits(a.actions.span("iam")) {
		iam, some = No, No
	}
	for i := range e.each() {
		key, any := e.signature(i)
		if !any {
			if grantsIAM(table.at(i)) {
				iam, some = No, No
			}
			continue
		}
		if string(key) != last || c == nil { // neighbours are mostly alike
			last = string(key)
			if c = classes[last]; c == nil {
				c = e.class(last, ctx)
				classes[last] = c
			}
		}
		if grantsIAM(table.at(i)) {
			iam, some = min(iam, c.broad), min(some, c.truth)
		}
		if c.broad == Yes {
			broad++
		}
		if c.truth > No {
			services[table.at(i).Service] = true
			out.Counts[table.at(i).Level].add(c.truth, table.at(i).Data)
		}
	}
	out.Services = sortedKeys(services)
	out.Admin = a.admin(broad, iam, some, e, ctx)
	out.Wildcards, out.Unrecognised = a.wildcards(e, classes, ctx)
	return out
}

// grantsIAM reports whether an action lets its user hand out permissions in IAM.
func grantsIAM(a *Action) bool { return a.Service == "iam" && a.Level == Permissions }

func (c *Count) add(t Truth, data bool) {
	switch {
	case t == Yes && data:
		c.Data++
	case t == Yes:
		c.Control++
	case data:
		c.MaybeData++
	default:
		c.MaybeControl++
	}
}

func sortedKeys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// admin tells whether the counts make an administrator. What is only maybe allowed on all resources makes it Maybe.
func (a *Analyzer) admin(broad int, iam, some Truth, e *expansion, ctx Context) Truth {
	switch {
	case iam == Yes && broad*10 >= a.actions.count*9:
		return Yes
	case some == No:
		return No
	}
	for _, s := range e.statements {
		if s.s.Effect != Deny && s.s.everyAction() && s.s.broad() > No {
			if holds, _ := s.s.holds(ctx); holds > No {
				return Maybe
			}
		}
	}
	return No
}

// everyAction reports whether a statement is, or may be, about all actions.
func (s *Statement) everyAction() bool {
	return s.NotAction || slices.ContainsFunc(s.Actions, func(p Pattern) bool { return p.everything() || !p.known() })
}

// broad tells whether a statement is about all resources, or all of a type.
func (s *Statement) broad() Truth {
	if s.NotResource || len(s.Resources) == 0 {
		return Maybe
	}
	out := No
	for _, r := range s.Resources {
		out = max(out, Broad(r))
	}
	return out
}

// Broad tells whether a pattern of resources names none: "*", or an ARN that has a wildcard after the type
// ("arn:aws:dynamodb:*:*:table/*", "arn:aws:s3:::*"). It is Maybe where an unknown text stands for the name.
func Broad(p Pattern) Truth {
	if p.everything() {
		return Yes
	}
	parts := p.split(6)
	if len(parts) < 6 {
		if p.known() || len(p.tokens) > 1 {
			return No
		}
		return Maybe // nothing is known of it
	}
	rest := parts[5].tokens
	if !untyped[parts[2].text()] {
		rest = afterType(rest)
	}
	out := Yes
	for _, t := range rest {
		switch t.kind {
		case literal:
			if t.r != '/' && t.r != ':' {
				return No
			}
		case anyOne, hole:
			return No // a name, if an unknown one
		}
	}
	if len(rest) == 0 {
		return No
	}
	return out
}

// untyped are the services whose ARNs name the resource at once, without its type.
var untyped = map[string]bool{"s3": true, "sns": true, "sqs": true, "execute-api": true, "codecommit": true}

// afterType drops the type at the head of an ARN's last part: "role/", "function:".
func afterType(rest []token) []token {
	for i, t := range rest {
		if t.kind != literal {
			break
		}
		if t.r == '/' || t.r == ':' {
			return rest[i+1:]
		}
	}
	return rest
}

// text is what a pattern is made of, its wildcards and holes as "*".
func (p Pattern) text() string {
	var b strings.Builder
	for _, t := range p.tokens {
		if t.kind == literal {
			b.WriteRune(t.r)
		} else {
			b.WriteByte('*')
		}
	}
	return b.String()
}

// expansion holds the statements of a policy set with the actions that each is about.
type expansion struct {
	set        PolicySet
	statements []expanded
	bytes      []byte
	// all is the number of actions in the table.
	all int
}

type expanded struct {
	s *Statement
	// sets are the actions that it names, in parts of the table that are apart, in order.
	sets []*actionSet
	// allow is set for statements of identity policies that may allow.
	allow bool
}

func (a *Analyzer) newExpansion(set PolicySet) *expansion {
	e := &expansion{set: set, all: a.actions.count}
	add := func(d *Document, identity bool) {
		for i := range d.Statements {
			x := expanded{s: &d.Statements[i], allow: identity && d.Statements[i].Effect != Deny}
			x.sets = a.actions.union(x.s.Actions, set.work)
			e.statements = append(e.statements, x)
		}
	}
	for _, d := range set.Identity {
		add(d, true)
	}
	if set.Boundary != nil {
		add(set.Boundary, false)
	}
	e.bytes = make([]byte, len(e.statements))
	return e
}

// spans are the parts of the table that some statement may allow actions of, in order and apart.
func (e *expansion) spans() [][2]int {
	var out [][2]int
	for _, x := range e.statements {
		for _, s := range x.sets {
			if x.allow && !x.s.NotAction && len(s.of) > 0 {
				out = append(out, [2]int{s.from, s.from + len(s.of)})
			}
		}
		if x.allow && x.s.NotAction {
			return [][2]int{{0, e.all}}
		}
	}
	slices.SortFunc(out, func(x, y [2]int) int { return x[0] - y[0] })
	merged := out[:0]
	for _, s := range out {
		if n := len(merged); n > 0 && s[0] <= merged[n-1][1] {
			merged[n-1][1] = max(merged[n-1][1], s[1])
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// each goes over the actions of all spans.
func (e *expansion) each() iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, s := range e.spans() {
			for i := s[0]; i < s[1]; i++ {
				if !yield(i) {
					return
				}
			}
		}
	}
}

// visits reports whether each goes over a whole span.
func (e *expansion) visits(span [2]int) bool {
	return slices.ContainsFunc(e.spans(), func(s [2]int) bool { return s[0] <= span[0] && span[1] <= s[1] })
}

// signature tells how each statement treats an action, and whether any may allow it. The key is good until the next call.
func (e *expansion) signature(i int) (key []byte, any bool) {
	for n := range e.statements {
		x := &e.statements[n]
		t := x.at(i)
		if x.s.NotAction {
			t = t.not()
		}
		any = any || x.allow && t > No
		e.bytes[n] = byte(t)
	}
	return e.bytes, any
}

// at tells whether a statement names an action.
func (x *expanded) at(i int) Truth {
	n, found := slices.BinarySearchFunc(x.sets, i, func(s *actionSet, i int) int { return s.from - i })
	if !found {
		n--
	}
	if n < 0 {
		return No
	}
	return x.sets[n].at(i)
}

// grants evaluates the actions of one signature on any resource.
func (e *expansion) grants(key []byte, ctx Context) []Grant {
	truths := make(map[*Statement]Truth, len(key))
	for n := range e.statements {
		truths[e.statements[n].s] = Truth(key[n])
	}
	return e.set.grants(func(s *Statement) Truth { return truths[s] }, nil, ctx)
}

// class evaluates the actions of one signature.
func (e *expansion) class(key string, ctx Context) *class {
	c := &class{grants: e.grants([]byte(key), ctx)}
	for _, g := range c.grants {
		c.truth = max(c.truth, g.Truth)
		if !g.Narrowed {
			c.broad = max(c.broad, min(g.Truth, Broad(g.Resource)))
		}
	}
	return c
}

// wildcards lists the action patterns that give write access on unnamed resources, the gravest first.
func (a *Analyzer) wildcards(e *expansion, classes map[string]*class, ctx Context) (out []Wildcard, unknown []Pattern) {
	for n := range e.statements {
		x := &e.statements[n]
		if !x.allow {
			continue
		}
		holds, _ := x.s.holds(ctx)
		broad := min(x.s.broad(), holds)
		for _, p := range x.s.Actions {
			if x.s.NotAction {
				break
			}
			set := a.actions.match(p, e.set.work)
			if p.known() && !slices.Contains(set.of, Yes) {
				unknown = append(unknown, p)
				continue
			}
			w := Wildcard{Pattern: p, Statement: x.s, Broad: broad}
			if p.wild() && w.Broad > No {
				a.count(&w, set, e, classes)
			}
			if w.Writes+w.Permissions > 0 {
				out = append(out, w)
			}
		}
		if x.s.NotAction && broad > No {
			w := Wildcard{Pattern: newPattern("*", false), Statement: x.s, Broad: broad}
			a.count(&w, a.actions.match(w.Pattern, e.set.work), e, classes)
			if w.Writes+w.Permissions > 0 {
				out = append(out, w)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Wildcard) int { return y.Permissions*10000 + y.Writes - x.Permissions*10000 - x.Writes })
	return out, unknown
}

// count counts what a wildcard gives after all denials and the boundary.
func (a *Analyzer) count(w *Wildcard, set *actionSet, e *expansion, classes map[string]*class) {
	table := cursor{of: a.actions}
	for i := set.from; i < set.from+len(set.of); i++ {
		if set.of[i-set.from] == No || table.at(i).Level < Tagging {
			continue
		}
		key, any := e.signature(i)
		c := classes[string(key)]
		if !any || c == nil || !slices.ContainsFunc(c.grants, func(g Grant) bool { return g.Truth == Yes && g.Statements[0] == w.Statement }) {
			continue
		}
		switch table.at(i).Level {
		case Permissions:
			w.Permissions++
		case Write, Tagging:
			w.Writes++
		}
	}
}

// PrincipalAnalysis is what a role, user or group can do.
type PrincipalAnalysis struct {
	Principal *inventory.Resource
	// Policies are its policies, inline ones first; Boundary is nil when it has none.
	Policies []Policy
	Boundary *Policy
	// Open are the unknown policies and statements that may allow more than the rest says.
	Open        []inventory.Value
	Summary     Summary
	Escalations []Escalation
	// Exposures are the data actions on resources that no statement names.
	Exposures []Exposure
	// Unread is set when a part of the same root could not be read: what that attaches is not known.
	Unread bool
	// Trust is whom the trust policy of a role lets assume it.
	Trust []Access
}

// Source returns the policy that a statement of a grant belongs to, and the value to cite for it: the statement, or where
// it stands in a policy of AWS's, what attaches that policy. ok is false for a statement of another principal.
func (p *PrincipalAnalysis) Source(s *Statement) (policy Policy, cite inventory.Value, ok bool) {
	all := p.Policies
	if p.Boundary != nil {
		all = append(slices.Clone(all), *p.Boundary)
	}
	for _, one := range all {
		for i := range one.Document.Statements {
			if &one.Document.Statements[i] != s {
				continue
			}
			if one.Kind == AWSManaged {
				return one, one.Attached, true
			}
			return one, s.Value, true
		}
	}
	return Policy{}, inventory.Value{}, false
}

// Principal analyses a role, user or group of the input. The result is remembered.
func (a *Analyzer) Principal(r *inventory.Resource) *PrincipalAnalysis {
	if done := a.roles[r]; done != nil {
		return done
	}
	out := &PrincipalAnalysis{Principal: r, Policies: a.policiesOf(r), Boundary: a.boundary(r), Unread: a.unread(r.Scope)}
	a.analyse(out)
	if r.Type == typeRole {
		out.Trust = a.trust(r)
	}
	a.roles[r] = out
	return out
}

// Alone analyses the document of a policy of the input as if it were all that a principal had: what it gives to whomever
// it is attached to elsewhere. The result is remembered.
func (a *Analyzer) Alone(r *inventory.Resource) *PrincipalAnalysis {
	if done := a.roles[r]; done != nil {
		return done
	}
	kind := Inline
	if r.Type == typeManagedPolicy {
		kind = CustomerManaged
	}
	out := &PrincipalAnalysis{Principal: r, Policies: []Policy{a.declared(r, kind, r.Get("PolicyDocument"), false)}}
	a.analyse(out)
	a.roles[r] = out
	return out
}

// analyse evaluates the policies of out.
func (a *Analyzer) analyse(out *PrincipalAnalysis) {
	set := PolicySet{work: newBudget()}
	for _, p := range out.Policies {
		set.Identity = append(set.Identity, p.Document)
	}
	if out.Boundary != nil {
		set.Boundary = out.Boundary.Document
	}
	r := out.Principal
	ctx := a.contextOf(r)
	out.Open = set.Open()
	e := a.newExpansion(set)
	out.Summary = a.summarise(e, ctx)
	out.Escalations = a.escalations(r, e, ctx)
	out.Exposures = a.exposures(e, ctx)
	if set.work.left <= 0 {
		a.diags.Skipf(r.Origin, "Policies not evaluated whole", "The policies of %s take more than %d comparisons. What was not compared is taken as unknown; split the policies.", r.Address, maxWork)
	}
}

// contextOf is what is known of every request that a principal makes: over TLS, by an IAM identity that is no AWS
// service; a role that a workload has was not assumed with a second factor.
func (a *Analyzer) contextOf(r *inventory.Resource) Context {
	ctx := Context{Values: map[string][]string{"aws:securetransport": {"true"}, "aws:principalisawsservice": {"false"}}}
	if r.Type == typeRole {
		ctx.Values["aws:principaltype"] = []string{"AssumedRole"}
		if a.withoutPeople(r) {
			ctx.Values["aws:multifactorauthpresent"] = nil
		}
	}
	return ctx
}

// withoutPeople reports whether only AWS services and federated workloads can assume a role, so that its sessions never
// have a second factor.
func (a *Analyzer) withoutPeople(r *inventory.Resource) bool {
	doc := a.trustDocument(r)
	for _, s := range doc.Statements {
		for _, p := range s.Principals {
			if s.NotPrincipal || p.Kind != ServicePrincipal {
				return false
			}
		}
	}
	return len(doc.Open) == 0
}
