package identity

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// RestrictionKind says what a condition limits callers by.
type RestrictionKind uint8

// The kinds, the widest first.
const (
	// ByNothing: the condition does not limit who calls.
	ByNothing RestrictionKind = iota
	// BySomething: a condition that is unknown, or on a key whose meaning is not known here.
	BySomething
	// BySubject: the subject of a federated identity (a repository, a service account).
	BySubject
	// ByContext: the encryption context that an AWS service gives, which names the resource that it works for. Another caller
	// can give the same.
	ByContext
	// ByNetwork: VPCs, VPC endpoints, address ranges.
	ByNetwork
	// ByOrganization: an organization, or units of it.
	ByOrganization
	// BySource: accounts, or resources of an account.
	BySource
)

// String names the kind for messages.
func (k RestrictionKind) String() string {
	return [...]string{"nothing", "something unknown", "subject", "encryption context", "network", "organization", "account or source"}[k]
}

// Restriction is a judged condition of a resource policy.
type Restriction struct {
	Kind RestrictionKind
	// Truth tells whether it limits callers at all; Own whether it limits them to the account of the resource.
	Truth, Own Truth
	Condition  Condition
}

// restrictingKeys are the condition keys that tell who calls, by what they limit to. After "AWS global condition context
// keys" of the IAM User Guide and "The meaning of public" of the Amazon S3 User Guide (seen 2026-11-24).
var restrictingKeys = map[string]RestrictionKind{
	"aws:principalorgid": ByOrganization, "aws:principalorgpaths": ByOrganization, "aws:sourceorgid": ByOrganization,
	"aws:sourceorgpaths": ByOrganization, "aws:vpceorgid": ByOrganization, "aws:vpceorgpaths": ByOrganization,
	"aws:principalaccount": BySource, "aws:sourceaccount": BySource, "aws:sourceowner": BySource, "aws:vpceaccount": BySource,
	"kms:calleraccount": BySource, "s3:dataaccesspointaccount": BySource, "aws:principalarn": BySource, "aws:sourcearn": BySource,
	"s3:dataaccesspointarn": BySource, "lambda:sourcefunctionarn": BySource, "lambda:eventsourcetoken": BySource, "ec2:sourceinstancearn": BySource, "aws:userid": BySource,
	"aws:sourcevpc": ByNetwork, "aws:sourcevpce": ByNetwork, "aws:sourcevpcarn": ByNetwork, "aws:sourceip": ByNetwork,
	"aws:vpcsourceip": ByNetwork, "elasticfilesystem:accessedviamounttarget": ByNetwork,
}

// harmlessKeys are keys that any caller can satisfy, whoever it is; a name that ends in "*" stands for all with its head.
var harmlessKeys = []string{
	"aws:securetransport", "aws:useragent", "aws:referer", "aws:currenttime", "aws:epochtime", "aws:tokenissuetime",
	"aws:requestedregion", "aws:multifactorauth*", "aws:requesttag/*", "aws:resourcetag/*", "aws:principaltag/*", "aws:tagkeys",
	"aws:principaltype", "aws:principalisawsservice", "aws:viaawsservice", "aws:calledvia*", "aws:resourceaccount",
	"aws:resourceorgid", "aws:resourceorgpaths", "s3:*", "kms:encryptioncontext*", "kms:grant*", "kms:viaservice", "kms:keyorigin",
	"sns:protocol", "sns:endpoint", "lambda:*", "ec2:*", "sts:externalid", "sts:rolesessionname", "sts:sourceidentity", "dynamodb:*",
	"secretsmanager:*", "es:*", "execute-api:*", "elasticfilesystem:rootaccess*", "elasticfilesystem:accesspointarn", "events:*", "iam:*", "ecr:*",
}

func harmless(key string) bool {
	return slices.ContainsFunc(harmlessKeys, func(name string) bool {
		prefix, open := strings.CutSuffix(name, "*")
		return key == name || open && strings.HasPrefix(key, prefix)
	})
}

// restriction judges one condition of an Allow statement.
func (a *Analyzer) restriction(c Condition) Restriction {
	out := Restriction{Condition: c}
	switch {
	case c.Unknown:
		out.Kind, out.Truth = BySomething, Maybe
		return out
	case c.negated(), c.Operator == "Null", c.IfExists, c.ForAll: // true for a caller that lacks the key
		return out
	}
	key := c.Key
	if i := strings.LastIndex(key, "}"); strings.Contains(key, "${") && i >= 0 {
		key = "unknown" + key[i+1:]
	}
	kind, ok := restrictingKeys[key]
	switch {
	case ok:
		out.Kind = kind
	case subjectKey(key):
		out.Kind = BySubject
	case strings.HasPrefix(key, "kms:encryptioncontext:aws:") && strings.HasSuffix(key, ":arn"):
		out.Kind = ByContext
	case strings.HasSuffix(key, ":aud") && ownAudience(key, c.Values):
		out.Kind = BySubject
	case harmless(key), strings.HasSuffix(key, ":aud"), strings.HasSuffix(key, ":oaud"), strings.HasSuffix(key, ":amr"):
		return out
	default:
		out.Kind, out.Truth = BySomething, Maybe
		return out
	}
	out.Truth, out.Own = Yes, Yes
	for _, v := range c.Values {
		limits, own := a.limits(c, out.Kind, v)
		out.Truth, out.Own = min(out.Truth, limits), min(out.Own, own)
	}
	if len(c.Values) == 0 { // matches nothing
		out.Own = Yes
	}
	if out.Truth == No {
		out.Kind = ByNothing
	}
	return out
}

// sharedProviders are identity providers that many organizations share, and whose users choose the audience.
var sharedProviders = []string{"token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io"}

// ownAudience reports whether an audience limits to one application: an identity pool, a client id. That of STS does not,
// nor does any of a shared provider.
func ownAudience(key string, values []Pattern) bool {
	provider, _, _ := strings.Cut(key, ":")
	return !slices.Contains(sharedProviders, provider) && provider != "saml" &&
		!slices.ContainsFunc(values, func(v Pattern) bool { return strings.HasPrefix(v.Text, "sts.amazonaws.com") })
}

// subjectKey reports whether a key tells the subject of a federated identity: "token.actions.githubusercontent.com:sub".
func subjectKey(key string) bool {
	provider, claim, ok := strings.Cut(key, ":")
	if !ok || strings.HasPrefix(provider, "aws") {
		return false
	}
	switch claim {
	case "sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "job_workflow_ref", "project_path", "namespace_path",
		"organization_id", "app_id", "namequalifier", "environment":
		return strings.Contains(provider, ".") || provider == "saml" || provider == "unknown"
	}
	return false
}

// limits judges one value: whether it limits callers, and whether to the own account.
func (a *Analyzer) limits(c Condition, kind RestrictionKind, v Pattern) (limits, own Truth) {
	if v.everything() && c.Operator != "StringEquals" {
		return No, No
	}
	switch {
	case strings.HasSuffix(c.Key, "sourceip"):
		return addressLimit(v), Maybe
	case kind == ByNetwork, kind == ByOrganization:
		return a.fixed(c, v), Maybe
	case kind == BySource, kind == ByContext:
		return a.sourceLimit(c, v)
	}
	return subjectLimit(v), No // a federated subject
}

// fixed tells whether a value is one that limits: any text of an operator without wildcards is.
func (a *Analyzer) fixed(c Condition, v Pattern) Truth {
	if strings.HasSuffix(c.Operator, "Like") && !v.known() && len(v.Value.Refs()) == 0 && len(v.tokens) == 1 {
		return Maybe
	}
	return Yes
}

// addressLimit judges a range of addresses: one that is as wide as S3 calls public (less than /8, or /32 in IPv6) does
// not limit.
func addressLimit(v Pattern) Truth {
	if !v.known() {
		return Maybe
	}
	p, ok := readRange(v.Text)
	if !ok {
		return Maybe
	}
	least := 8
	if p.Addr().Is6() && !p.Addr().Is4In6() {
		least = 32
	}
	return truthOf(p.Bits() >= least || privateRange(p))
}

func privateRange(p netip.Prefix) bool { return p.Addr().IsPrivate() && p.Bits() >= 7 }

// sourceLimit judges an account or an ARN. An ARN limits by its account; one without (a bucket's) by its name.
func (a *Analyzer) sourceLimit(c Condition, v Pattern) (limits, own Truth) {
	if strings.HasSuffix(c.Key, "account") || strings.HasSuffix(c.Key, "owner") || strings.HasSuffix(c.Key, "userid") {
		if v.known() && v.wild() && strings.HasSuffix(c.Operator, "Like") {
			return truthOf(!strings.HasPrefix(v.Text, "*")), Maybe
		}
		return a.fixed(c, v), a.ownAccount(v)
	}
	parts := v.split(6)
	if len(parts) < 6 {
		if a.ofInput(v.Value) == Yes {
			return Yes, Yes
		}
		if v.known() {
			return truthOf(!v.wild()), Maybe
		}
		return Maybe, Maybe
	}
	account := parts[4]
	switch {
	case len(account.tokens) == 0: // the ARN has none: the name has to tell
		return truthOf(Broad(v) != Yes && !strings.HasPrefix(parts[5].text(), "*")), max(Maybe, a.ofInput(v.Value))
	case account.wild():
		return No, No
	}
	return Yes, a.ownAccount(account)
}

// ofInput tells whether a value is taken from a resource of the input, which is of the same account as far as the input
// tells.
func (a *Analyzer) ofInput(v inventory.Value) Truth {
	refs := v.Refs()
	if len(refs) == 0 {
		return Maybe
	}
	for _, r := range refs {
		if ownAccountName(r.Address) || strings.HasPrefix(r.Address, "var.") || strings.HasPrefix(r.Address, "data.") {
			return Maybe
		}
	}
	return Yes
}

// ownAccount tells whether a text is the id of the own account.
func (a *Analyzer) ownAccount(v Pattern) Truth {
	if v.known() {
		text := v.text()
		switch {
		case a.accounts[text]:
			return Yes
		case len(a.accounts) == 0 && isAccount(text):
			return Maybe
		}
		return No
	}
	for _, t := range v.tokens {
		if t.kind == hole && ownAccountName(t.hole) {
			return Yes
		}
	}
	for _, r := range v.Value.Refs() {
		if ownAccountName(r.Address + "." + r.Attr) {
			return Yes
		}
	}
	return Maybe
}

// ownAccountName reports whether a name stands for the account that is deployed to.
func ownAccountName(name string) bool {
	return strings.Contains(name, "AWS::AccountId") || strings.Contains(name, "data.aws_caller_identity.")
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// subjectLimit judges the subject of a federated identity. One that begins with a wildcard, or has none but one in the
// place of the organization ("repo:*"), is anyone's.
func subjectLimit(v Pattern) Truth {
	if !v.known() {
		if len(v.tokens) == 1 {
			return Maybe
		}
		return Yes
	}
	text := v.Text
	if i := strings.IndexAny(text, "*?"); i >= 0 {
		head := text[:i]
		if head == "" || head == "repo:" || head == "project_path:" || head == "organization:" || head == "system:serviceaccount:" {
			return No
		}
	}
	return Yes
}

// denied are the restrictions that the Deny statements of a document put on everyone, for what a statement allows:
// "deny whoever is not of this organization".
func (a *Analyzer) denied(doc *Document, allow *Statement, work *budget) []Restriction {
	var out []Restriction
	for i := range doc.Statements {
		s := &doc.Statements[i]
		if s.Effect != Deny || !s.everyone() || !s.includes(allow, work) || len(s.Conditions) == 0 {
			continue
		}
		if r, ok := a.outside(s.Conditions); ok {
			out = append(out, r)
		}
	}
	return out
}

// everyone reports whether a statement is about all principals.
func (s *Statement) everyone() bool {
	return !s.NotPrincipal && slices.ContainsFunc(s.Principals, func(p Principal) bool { return p.Kind == Anyone })
}

// includes reports whether a Deny statement is about everything that an Allow statement allows.
func (s *Statement) includes(allow *Statement, work *budget) bool {
	if s.NotAction || allow.NotAction && !s.everyAction() {
		return false
	}
	for _, want := range allow.Actions {
		if !slices.ContainsFunc(s.Actions, func(p Pattern) bool { return work.covers(p, want) == Yes }) {
			return false
		}
	}
	for _, want := range allow.Resources {
		if s.covers(want, work) != Yes {
			return false
		}
	}
	return true
}

// outside turns the conditions of a Deny round: it applies when all of them hold, so that who fails one gets in. AWS's own
// services are often let off by aws:PrincipalIsAWSService, which lets in no other.
func (a *Analyzer) outside(conditions []Condition) (Restriction, bool) {
	var widest *Restriction
	for _, c := range conditions {
		if c.Key == "aws:principalisawsservice" || c.Key == "aws:viaawsservice" {
			continue
		}
		if !c.negated() || c.ForAny {
			return Restriction{}, false
		}
		positive := c
		positive.IfExists, positive.ForAll = false, false
		positive.Operator = operators[strings.ToLower(strings.Replace(c.Operator, "Not", "", 1))].name
		r := a.restriction(positive)
		if widest == nil || r.Truth < widest.Truth || r.Truth == widest.Truth && r.Kind < widest.Kind {
			widest = &r
		}
	}
	if widest == nil || widest.Truth == No {
		return Restriction{}, false
	}
	return *widest, true
}
