package evidence

import (
	"fmt"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
)

// The bounds of a statement in words.
const (
	shownActions   = 4
	shownResources = 2
	maxShown       = 60
)

// wording is a text that stands at the place of a policy's statement, and rests on the same defaults.
func wording(text string, at inventory.Value) inventory.Value {
	out := inventory.StringValue(text, at.Origin())
	if steps := at.Assumed(); len(steps) > 0 {
		out = out.WithMeta(&inventory.Meta{Assumed: steps})
	}
	if at.Sensitive() {
		out = out.AsSensitive()
	}
	return out
}

// allows says what a statement allows: "Allow s3:Get*, s3:Put* on *".
func allows(s *identity.Statement) string {
	text := "Allow " + actionsText(s)
	if len(s.Resources) > 0 {
		text += " on " + negation(s.NotResource) + texts(s.Resources, shownResources)
	}
	return text
}

// allowsTo says what a statement of a resource policy allows, and whom: "Allow sqs:SendMessage to anyone".
func allowsTo(s *identity.Statement, p identity.Principal) string {
	to := p.String()
	switch {
	case s.NotPrincipal:
		to = "everyone but those that it names"
	case p.Kind == identity.AWSPrincipal:
		to = p.ID.Text
	case p.Kind == identity.UnknownPrincipal:
		to = "a principal that is not known"
	}
	return fmt.Sprintf("Allow %s to %s", actionsText(s), diag.Clip(to, 2*maxShown))
}

func actionsText(s *identity.Statement) string {
	return negation(s.NotAction) + texts(s.Actions, shownActions)
}

func negation(not bool) string {
	if not {
		return "all but "
	}
	return ""
}

func texts(list []identity.Pattern, most int) string {
	var out []string
	for i, p := range list {
		if i == most {
			out = append(out, fmt.Sprintf("%d more", len(list)-most))
			break
		}
		switch {
		case p.Value.Sensitive():
			out = append(out, "(sensitive)")
		case p.Text == "":
			out = append(out, "what is not known")
		default:
			out = append(out, diag.Clip(p.Text, maxShown))
		}
	}
	return strings.Join(out, ", ")
}

// sourceOf names a policy's property for evidence about a principal, and what to cite for a statement of it.
func sourceOf(p *identity.PrincipalAnalysis, s *identity.Statement) (property string, cite inventory.Value, policy identity.Policy) {
	policy, cite, ok := p.Source(s)
	switch {
	case !ok:
		return p.Principal.Type, s.Value, policy
	case policy.Resource == nil:
		return p.Principal.Type + ".ManagedPolicyArns", cite, policy
	case policy.Resource == p.Principal && policy.Kind == identity.Inline && !p.Principal.Get("Policies").IsNull():
		return policy.Resource.Type + ".Policies.PolicyDocument.Statement", cite, policy
	}
	return policy.Resource.Type + ".PolicyDocument.Statement", cite, policy
}

// said is a statement in words, with the name of AWS's policy that it is in.
func said(s *identity.Statement, policy identity.Policy) string {
	if policy.Kind == identity.AWSManaged {
		return fmt.Sprintf("%s, which AWS manages (%s)", policy.Name, allows(s))
	}
	return allows(s)
}

// fitted reports whether a policy is one that AWS wrote for what a service or agent needs, such as
// AmazonSSMManagedInstanceCore: its wildcards are AWS's, and nobody writes it narrower. Those for people, which give a
// whole service or account, are not.
func fitted(policy identity.Policy) bool {
	if policy.Kind != identity.AWSManaged || strings.HasPrefix(policy.Name, "job-function/") {
		return false
	}
	for _, word := range []string{"FullAccess", "PowerUser", "Administrator", "Admin", "ReadOnlyAccess", "Developer"} {
		if strings.Contains(policy.Name, word) {
			return false
		}
	}
	return true
}
