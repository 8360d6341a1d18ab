package identity

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// Verdict says whom a statement of a resource or trust policy lets in.
type Verdict uint8

// The verdicts, the narrowest first.
const (
	// SameAccount: principals of the own account.
	SameAccount Verdict = iota
	// AWSAccount: an account of AWS's own that is documented, such as those that deliver load balancer logs.
	AWSAccount
	// GuardedService: an AWS service, for sources that a condition names.
	GuardedService
	// TrustedService: an AWS service that a role trusts; the role gets to it by iam:PassRole.
	TrustedService
	// GuardedFederation: federated identities that a condition on the subject names.
	GuardedFederation
	// Organization: anyone of an organization.
	Organization
	// Network: anyone who comes from given networks.
	Network
	// CrossAccount: principals of another account.
	CrossAccount
	// UnguardedService: an AWS service, on behalf of whomever it works for: a confused deputy.
	UnguardedService
	// UnguardedFederation: every identity of a federated provider.
	UnguardedFederation
	// Undetermined: an unknown value decides; see Access.Worst.
	Undetermined
	// Public: everyone.
	Public
)

// String names the verdict: "public", "cross-account", …
func (v Verdict) String() string {
	return [...]string{
		"same account", "AWS account", "guarded service", "trusted service", "guarded federation", "organization", "network",
		"cross-account", "unguarded service", "unguarded federation", "undetermined", "public",
	}[v]
}

// Access is what one statement gives to one principal.
type Access struct {
	Statement *Statement
	Principal Principal
	Verdict   Verdict
	// Worst is what Undetermined would be if the unknown value restricted nothing; else it is Verdict.
	Worst Verdict
	// Restrictions are the conditions as judged, and those that Deny statements add.
	Restrictions []Restriction
	// ExternalID is set when a condition asks for sts:ExternalId.
	ExternalID bool
	// Unused tells, for a service that a role trusts, whether nothing of the input uses the role with that service.
	Unused Truth
	// Because is the value that leaves it Undetermined.
	Because inventory.Value
}

// JudgePolicy judges every Allow statement of a resource policy, principal by principal. trust is set for the trust policy
// of a role. A document or statement that is unknown as a whole gives no Access: see Document.Open.
func (a *Analyzer) JudgePolicy(doc *Document, trust bool) []Access {
	var out []Access
	work := newBudget()
	for i := range doc.Statements {
		s := &doc.Statements[i]
		if s.Effect == Deny {
			continue
		}
		restrictions := a.denied(doc, s, work)
		external := false
		for _, c := range s.Conditions {
			external = external || c.Key == "sts:externalid" && !c.Unknown && !c.IfExists && !c.negated()
			if r := a.restriction(c); r.Kind != ByNothing {
				restrictions = append(restrictions, r)
			}
		}
		principals := s.Principals
		if s.NotPrincipal { // everyone but them
			principals = []Principal{{Kind: Anyone, ID: Pattern{Text: "*", Value: s.Value}}}
		}
		for _, p := range principals {
			one := Access{Statement: s, Principal: p, Restrictions: restrictions, ExternalID: external}
			one.Verdict, one.Worst, one.Because = a.verdict(p, restrictions, trust)
			if (s.Effect == UnknownEffect || doc.Unsure) && one.Verdict > SameAccount {
				one.Verdict, one.Because = Undetermined, s.Value
			}
			out = append(out, one)
		}
	}
	return out
}

func (a *Analyzer) verdict(p Principal, restrictions []Restriction, trust bool) (verdict, worst Verdict, because inventory.Value) {
	var bare Verdict // what it is without restrictions
	switch p.Kind {
	case Anyone:
		bare = Public
	case AWSPrincipal:
		return a.accountVerdict(p, restrictions)
	case ServicePrincipal:
		bare = UnguardedService
		if trust {
			bare = TrustedService
		}
	case FederatedPrincipal:
		bare = UnguardedFederation
		if strings.Contains(p.ID.Text, ":saml-provider/") { // an assertion names the roles that its user may have
			bare = GuardedFederation
		}
	case CanonicalUser:
		if a.ofInput(p.Value()) == Yes { // a CloudFront origin access identity
			return AWSAccount, AWSAccount, inventory.Value{}
		}
		return Undetermined, CrossAccount, p.Value() // the id of an account, which nothing here can tell from others
	default:
		return Undetermined, Public, p.Value()
	}
	best, found := strongest(restrictions, p.Kind)
	if !found {
		return bare, bare, inventory.Value{}
	}
	if best.Truth == Maybe {
		if bare == TrustedService {
			return bare, bare, inventory.Value{}
		}
		return Undetermined, bare, best.Condition.Value
	}
	return limited(p.Kind, best)
}

// strongest is the restriction that limits most, of those that limit this kind of principal.
func strongest(list []Restriction, kind PrincipalKind) (Restriction, bool) {
	var best Restriction
	for _, r := range list {
		switch {
		case r.Kind == BySubject && kind != FederatedPrincipal,
			r.Kind == ByContext && kind != ServicePrincipal,
			r.Kind == ByNetwork && kind != Anyone,
			kind == FederatedPrincipal && r.Kind != BySubject && r.Kind != BySomething:
			continue
		}
		if r.Truth > best.Truth || r.Truth == best.Truth && r.Kind > best.Kind {
			best = r
		}
	}
	return best, best.Truth > No
}

// limited is the verdict on a principal that one restriction surely limits.
func limited(kind PrincipalKind, r Restriction) (verdict, worst Verdict, because inventory.Value) {
	none := inventory.Value{}
	switch {
	case kind == ServicePrincipal:
		return GuardedService, GuardedService, none
	case kind == FederatedPrincipal:
		return GuardedFederation, GuardedFederation, none
	case r.Kind == ByOrganization:
		return Organization, Organization, none
	case r.Kind == ByNetwork:
		return Network, Network, none
	case r.Own == Yes:
		return SameAccount, SameAccount, none
	case r.Own == No:
		return CrossAccount, CrossAccount, none
	}
	return Undetermined, CrossAccount, r.Condition.Value
}

// accountVerdict judges a principal that is an account, or a principal of one.
func (a *Analyzer) accountVerdict(p Principal, restrictions []Restriction) (verdict, worst Verdict, because inventory.Value) {
	none := inventory.Value{}
	own, known := a.accountOf(p)
	if best, ok := strongest(restrictions, Anyone); ok && best.Truth == Yes && best.Kind == BySource && best.Own == Yes {
		own = Yes
	}
	switch {
	case known:
		return AWSAccount, AWSAccount, none
	case own == Yes:
		return SameAccount, SameAccount, none
	case own == No:
		return CrossAccount, CrossAccount, none
	case p.ID.everything() || len(p.ID.tokens) == 0:
		return Public, Public, none
	}
	return Undetermined, CrossAccount, p.Value()
}

// accountOf tells whether an AWS principal is of the own account; known is set for accounts of AWS's own.
func (a *Analyzer) accountOf(p Principal) (own Truth, known bool) {
	if a.ofInput(p.Value()) == Yes && len(p.ID.tokens) == 1 {
		return Yes, false
	}
	account := p.ID
	if parts := p.ID.split(6); len(parts) == 6 {
		account = parts[4]
		account.Value = p.ID.Value
	} else if !p.ID.known() && len(p.ID.tokens) > 1 {
		return Maybe, false
	}
	text := account.text()
	if text == "cloudfront" || awsAccount(text) {
		return No, true
	}
	if account.known() && !isAccount(text) {
		return Maybe, false // the unique id of a principal, or a text that IAM refuses
	}
	return a.ownAccount(account), false
}

// awsAccounts are accounts of AWS's own: those that deliver access logs of load balancers, by "Enable access logs for your
// Application Load Balancer" of the Elastic Load Balancing User Guide.
const awsAccounts = `127311923021 033677994240 027434742980 797873946194 098369216593 985666609251 054676820928 156460612806
652711504416 635631232127 009996457667 897822967062 754344448648 582318560864 600734575887 383597477331 114774131450
783225319266 589379963580 718504428378 076674570225 507241528517 048591011584 190560391635 638102146993 037604701340`

func awsAccount(id string) bool { return slices.Contains(strings.Fields(awsAccounts), id) }
