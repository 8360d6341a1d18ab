// Package identity reads IAM policy documents and answers what a workload's role can do, and whom a resource lets in.
//
// It goes in five stages:
//
//	document.go, pattern.go, condition.go ──▶ a Document: statements with patterns and conditions, what is unknown kept unknown
//	actions.go, managed.go ──▶ tables: every action with its access level and plane, AWS's managed policies by name
//	attach.go, roles.go ──▶ the policies of each role (inline, attached, boundary, trust) and the roles of each workload
//	evaluate.go, summary.go, escalate.go ──▶ what the policies of a role allow together, in three values
//	access.go, principal.go, restrict.go, resource.go, trust.go ──▶ whom a resource or trust policy lets in, conditions judged
//
// Everything is decided in three values (Truth): a policy from a variable, a condition on something that only a request
// tells, a managed policy that the table does not hold give Maybe, with the value that would decide. Two rules keep the
// answers useful: a policy or statement that is unknown as a whole may allow more (Open says so), but is not taken to
// deny, for a denial that nobody has written protects nobody; and service control, resource control and session
// policies are not seen, so that "allowed" means allowed by the policies of the role itself.
//
// Evaluation follows "Policy evaluation logic" and "IAM JSON policy elements" of the IAM User Guide (seen 2026-11-24): an
// explicit Deny wins, a permissions boundary intersects, nothing is allowed that no statement allows.
//
// Bounds: a document has at most maxStatements statements, a statement at most maxEntries entries an element, a pattern at
// most maxPattern characters, a JSON text at most maxText bytes and maxDepth levels; comparing patterns and
// looking for actions takes at most maxWork steps a principal. What goes beyond is unknown, and told.
//
// Data flow: inventory.Index and workload.Workload in; RoleAnalysis, Escalation and Access out, each with the values that
// it rests on. Whether that is met or unmet is not decided here.
package identity

//go:generate go run ./generate

// The bounds of the package comment. IAM itself allows 6,144 characters in a managed policy and 20,480 in the largest
// resource policy; these leave room for what other services take.
const (
	maxStatements = 500
	maxEntries    = 5000
	maxPattern    = 2048
	maxText       = 1 << 20
	maxDepth      = 32
)

// Truth is an answer in three values. They are ordered, so that min is "and" and max is "or".
type Truth uint8

// The answers.
const (
	No Truth = iota
	Maybe
	Yes
)

// String returns "no", "maybe" or "yes".
func (t Truth) String() string { return [...]string{"no", "maybe", "yes"}[t] }

// not turns Yes into No and leaves Maybe.
func (t Truth) not() Truth { return Yes - t }

// truthOf is Yes or No.
func truthOf(b bool) Truth {
	if b {
		return Yes
	}
	return No
}
