package identity

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// PolicySet is all that decides what a principal may do, as far as the input shows it.
type PolicySet struct {
	// Identity are the policies that are attached to the principal, inline or managed.
	Identity []*Document
	// Boundary is the permissions boundary; nil when there is none.
	Boundary *Document
	// work bounds all evaluations of the set together; nil gives each its own bound.
	work *budget
}

// budget bounds the work of comparing patterns. When it is used up every comparison is Maybe.
type budget struct{ left int }

// maxCells bounds the work of one comparison, maxWork that of all comparisons for one principal or policy, in pairs of
// characters. A principal with policies as large as IAM allows takes a small part of it.
const (
	maxCells = 1 << 20
	maxWork  = 50 << 20
)

// scanCost is what looking through one action of the table for a pattern costs.
const scanCost = 10

// scan takes what looking through n actions costs; false when that is not left.
func (b *budget) scan(n int) bool {
	if b == nil {
		return true
	}
	b.left -= n * scanCost
	return b.left > 0
}

func newBudget() *budget { return &budget{left: maxWork} }

// spend reports whether two patterns may still be compared.
func (b *budget) spend(p, other Pattern) bool {
	if p.everything() {
		return true
	}
	b.left -= len(p.tokens)*len(other.tokens) + 1
	return b.left > 0
}

func (b *budget) covers(p, other Pattern) Truth {
	if !b.spend(p, other) {
		return Maybe
	}
	return p.Covers(other)
}

func (b *budget) overlaps(p, other Pattern) Truth {
	if !b.spend(p, other) {
		return Maybe
	}
	return p.Overlaps(other)
}

// Request is what may be allowed.
type Request struct {
	// Action is the full name of an action, "s3:GetObject".
	Action string
	// Resource is the resource, or a pattern of resources that has to be allowed as a whole. Nil asks whether the action is
	// allowed on any resource at all.
	Resource *Pattern
	Context  Context
}

// Grant is something that a policy set allows: an action on a pattern of resources.
type Grant struct {
	Resource Pattern
	// Truth is Yes or Maybe.
	Truth Truth
	// Narrowed is set when a condition that the caller meets by how it asks, an exception (NotResource) or a Deny on a part
	// leaves less than the pattern says.
	Narrowed bool
	// Statements are the statement that allows it, then those of the boundary and those that may deny it.
	Statements []*Statement
}

// Decision is the answer to a request.
type Decision struct {
	Truth  Truth
	Grants []Grant
	// Open are the unknown policies and statements that may allow more.
	Open []inventory.Value
}

// Resource makes a pattern for a Request of the text of an ARN.
func Resource(arn string) *Pattern {
	p := newPattern(arn, true)
	return &p
}

// Evaluate tells whether the policies allow a request. What is unknown as a whole gives Maybe where nothing else allows.
func (set PolicySet) Evaluate(req Request) Decision {
	req.Action = lowerText(req.Action)
	act := func(s *Statement) Truth { return s.action(req.Action) }
	d := Decision{Grants: set.grants(act, req.Resource, req.Context)}
	for _, g := range d.Grants {
		d.Truth = max(d.Truth, g.Truth)
	}
	d.Open = set.Open()
	if len(d.Open) > 0 {
		d.Truth = max(d.Truth, Maybe)
	}
	return d
}

func lowerText(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = byte(lower(rune(c)))
	}
	return string(b)
}

// Open are the unknown policies and statements of the identity policies.
func (set PolicySet) Open() []inventory.Value {
	var out []inventory.Value
	for _, d := range set.Identity {
		out = append(out, d.Open...)
	}
	return out
}

// action tells whether a statement is about an action, in lower case.
func (s *Statement) action(name string) Truth {
	out := No
	for _, p := range s.Actions {
		out = max(out, p.matches(name))
	}
	if s.NotAction {
		return out.not()
	}
	return out
}

// grants evaluates one action: what statements allow it on, within the boundary, less what is denied. about tells whether
// a statement is about the action.
func (set PolicySet) grants(about func(*Statement) Truth, resource *Pattern, ctx Context) []Grant {
	work := set.work
	if work == nil {
		work = newBudget()
	}
	var out []Grant
	for _, d := range set.Identity {
		out = append(out, d.allows(about, resource, ctx, work)...)
	}
	if len(out) == 0 {
		return nil
	}
	denying := set.Identity
	if b := set.Boundary; b != nil {
		limits := b.allows(about, resource, ctx, work)
		if len(b.Open) > 0 {
			limits = append(limits, Grant{Resource: newPattern("*", false), Truth: Maybe})
		}
		out = within(out, limits, work)
		denying = append(slices.Clone(denying), b)
	}
	for _, d := range denying {
		for i := range d.Statements {
			if s := &d.Statements[i]; s.Effect != Allow {
				out = d.deny(out, s, about, ctx, work)
			}
		}
	}
	return out
}

// allows lists what the statements of one document allow.
func (d *Document) allows(about func(*Statement) Truth, resource *Pattern, ctx Context, work *budget) []Grant {
	var out []Grant
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Effect == Deny {
			continue
		}
		truth := min(about(s), d.surest(s))
		if truth == No {
			continue
		}
		holds, chosen := s.holds(ctx)
		truth = min(truth, holds)
		if truth == No {
			continue
		}
		for _, g := range s.on(resource, work) {
			g.Truth, g.Narrowed, g.Statements = min(g.Truth, truth), g.Narrowed || chosen, []*Statement{s}
			if g.Truth > No {
				out = append(out, g)
			}
		}
	}
	return out
}

// surest is the most that a statement can be certain of.
func (d *Document) surest(s *Statement) Truth {
	if d.Unsure || s.Effect == UnknownEffect {
		return Maybe
	}
	return Yes
}

// on lists the resources of a statement: those it names, or with a resource given, that one.
func (s *Statement) on(resource *Pattern, work *budget) []Grant {
	if resource == nil {
		if s.NotResource || len(s.Resources) == 0 {
			return []Grant{{Resource: newPattern("*", false), Truth: Yes, Narrowed: s.NotResource}}
		}
		var out []Grant
		for _, r := range s.Resources {
			out = append(out, Grant{Resource: r, Truth: Yes})
		}
		return out
	}
	return []Grant{{Resource: *resource, Truth: s.covers(*resource, work)}}
}

// covers tells whether a statement is about every resource of a pattern.
func (s *Statement) covers(resource Pattern, work *budget) Truth {
	if len(s.Resources) == 0 {
		return Yes
	}
	out := No
	for _, r := range s.Resources {
		if s.NotResource {
			out = max(out, work.overlaps(r, resource))
		} else {
			out = max(out, work.covers(r, resource))
		}
	}
	if s.NotResource {
		return out.not()
	}
	return out
}

// touches tells whether a statement is about any resource of a pattern.
func (s *Statement) touches(resource Pattern, work *budget) Truth {
	if len(s.Resources) == 0 {
		return Yes
	}
	out := No
	for _, r := range s.Resources {
		if s.NotResource {
			out = max(out, work.covers(r, resource))
		} else {
			out = max(out, work.overlaps(r, resource))
		}
	}
	if s.NotResource {
		return out.not()
	}
	return out
}

// within intersects grants with those of a permissions boundary.
func within(grants, limits []Grant, work *budget) []Grant {
	var out []Grant
	for _, g := range grants {
		for _, l := range limits {
			both := Grant{
				Resource: g.Resource, Truth: min(g.Truth, l.Truth), Narrowed: g.Narrowed || l.Narrowed,
				Statements: append(slices.Clone(g.Statements), l.Statements...),
			}
			switch overlap := work.overlaps(l.Resource, g.Resource); {
			case work.covers(l.Resource, g.Resource) == Yes:
			case work.covers(g.Resource, l.Resource) == Yes:
				both.Resource = l.Resource
			case overlap == No:
				continue
			default:
				both.Truth, both.Narrowed = min(both.Truth, overlap), true
			}
			out = append(out, both)
		}
	}
	return out
}

// deny takes from the grants what a statement denies.
func (d *Document) deny(grants []Grant, s *Statement, about func(*Statement) Truth, ctx Context, work *budget) []Grant {
	truth := min(about(s), d.surest(s))
	if truth == No {
		return grants
	}
	holds, chosen := s.holds(ctx)
	if holds == No {
		return grants
	}
	out := grants[:0:0]
	for _, g := range grants {
		denied := min(truth, holds, s.covers(g.Resource, work))
		switch {
		case chosen && s.touches(g.Resource, work) > No: // the caller can ask in another way
			g.Narrowed = true
		case denied == Yes:
			continue
		case denied == Maybe:
			g.Truth = Maybe
			g.Statements = append(slices.Clone(g.Statements), s)
		case s.touches(g.Resource, work) > No:
			g.Narrowed = true
		}
		out = append(out, g)
	}
	return out
}

// chosenKeys are condition keys whose value the caller chooses with the request: a condition on one narrows what may be
// asked for, and says nothing on who may ask. A key that the context holds is not left to the caller.
var chosenKeys = []string{
	"aws:requestedregion", "aws:requesttag/*", "aws:tagkeys", "aws:useragent", "aws:referer",
	"s3:prefix", "s3:delimiter", "s3:max-keys", "s3:versionid", "s3:x-amz-*", "s3:requestobjecttag/*",
	"ec2:createaction", "ec2:instancetype", "ec2:region", "ec2:volume*", "ec2:encrypted", "ec2:metadatahttp*", "ec2:imageid",
	"kms:encryptioncontext:*", "kms:encryptioncontextkeys", "kms:grantoperations", "kms:grantisforawsresource",
	"dynamodb:attributes", "dynamodb:leadingkeys", "dynamodb:select", "dynamodb:returnvalues",
	"iam:passedtoservice", "iam:awsservicename", "iam:associatedresourcearn", "iam:policyarn",
	"sts:externalid", "sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys",
	"sns:protocol", "sns:endpoint", "lambda:functionurlauthtype", "lambda:functionarn", "lambda:layer", "lambda:principal",
	"logs:loggeneratingresourcearns", "cloudwatch:namespace", "ssm:overwrite", "ecs:cluster", "ecs:task-definition",
}

// holds tells whether the conditions of a statement hold, and whether some are left to the caller's choice.
func (s *Statement) holds(ctx Context) (truth Truth, chosen bool) {
	truth = Yes
	for _, c := range s.Conditions {
		if _, given := ctx.Values[c.Key]; !given && !ctx.Closed && !c.Unknown && chosenKey(c.Key) {
			chosen = true
			continue
		}
		truth = min(truth, c.Holds(ctx))
	}
	return truth, chosen
}

func chosenKey(key string) bool {
	return slices.ContainsFunc(chosenKeys, func(name string) bool {
		prefix, open := strings.CutSuffix(name, "*")
		return key == name || open && strings.HasPrefix(key, prefix)
	})
}
