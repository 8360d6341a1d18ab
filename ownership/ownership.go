// Package ownership tells which team on the customer's side holds a duty.
//
// The responsibility model says that a duty is the customer's; it does not say whose. Three stages answer that:
//
//	rules.go ──▶ the teams and rules of onus.yaml, of the repository and of each given path
//	codeowners.go, labels.go ──▶ what else tells: CODEOWNERS, tags, Kubernetes labels, each a Claim with a rank
//	decide.go ──▶ for one workload and duty the Owner: who holds it, by what evidence, and who says otherwise
//
// The evidence of the highest rank wins; what lies below it is kept as support or as conflict. A duty that nobody holds is
// an orphan, one that two hold by evidence of the same rank an overlap, and one whose holder hangs on an unknown value is
// undetermined: nobody is named on a guess. In a run that has no rules, no CODEOWNERS and no owner tags, teams are not in
// use (Config.InUse) and nothing is an orphan.
//
// Bounds: an onus.yaml is bounded by package rulefile and holds at most maxRules rules; a CODEOWNERS file has at most
// maxCodeowners bytes, GitHub's own limit.
package ownership

import (
	"slices"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// Status says how a duty is held.
type Status string

// The statuses. The empty Status means that teams are not in use.
const (
	// Owned: one team holds the duty.
	Owned Status = "owned"
	// Orphan: nothing names a team.
	Orphan Status = "orphan"
	// Overlap: evidence of the same rank names several teams.
	Overlap Status = "overlap"
	// Undetermined: an unknown value decides.
	Undetermined Status = "undetermined"
)

// Rank says what kind of evidence names a team, the strongest first.
type Rank uint8

// The ranks.
const (
	// ByRule: a rule of onus.yaml.
	ByRule Rank = iota + 1
	// ByTag: an owner tag, label or annotation of the resource itself.
	ByTag
	// ByNamespace: an owner label or annotation of the Kubernetes namespace.
	ByNamespace
	// ByCodeowners: the repository's CODEOWNERS file.
	ByCodeowners
	// ByPartOf: the label app.kubernetes.io/part-of, which names an application. It is weak: it never brings teams into use.
	ByPartOf
)

// String names the rank in reports.
func (r Rank) String() string {
	return [...]string{"nothing", "rule", "tag", "namespace label", "CODEOWNERS", "part-of label"}[r]
}

// MarshalText gives the rank its name in JSON.
func (r Rank) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Claim is one piece of evidence that names a team.
type Claim struct {
	// Team is the id of a declared team, or the name as it is written.
	Team string
	Rank Rank
	// Because says in a few words what names the team: `tag Owner is "payments"`.
	Because string
	At      diag.Range
}

// Owner says who holds a duty.
type Owner struct {
	Status Status
	// Claim is the evidence that won. Its Team is empty for an orphan and where an unknown value decides; Because then says
	// what is missing. Of an overlap it is the first of several.
	Claim
	// Support are claims of lower rank for the same team.
	Support []Claim
	// Conflict are claims for other teams: of the same rank for an overlap, of a lower one otherwise. A claim about the
	// whole workload does not conflict with a rule about certain duties.
	Conflict []Claim
}

// Teams returns every team that holds the duty: none, one, or the several of an overlap, in the order of the evidence.
func (o Owner) Teams() []string {
	var out []string
	if o.Team != "" {
		out = append(out, o.Team)
	}
	for _, c := range o.Conflict {
		if o.Status == Overlap && c.Rank == o.Rank && !slices.Contains(out, c.Team) {
			out = append(out, c.Team)
		}
	}
	return out
}

// Team is a team of onus.yaml.
type Team struct {
	ID, Name string
	// Contacts are ways to reach the team, as written: a channel, a mail address, a page.
	Contacts []string
	// Aliases are other names of the team: in tags, labels and CODEOWNERS ("@acme/platform").
	Aliases []string
	At      diag.Range
}

// Options says where teams are looked for.
type Options struct {
	// Paths are the given paths of the run; Boundary is --root.
	Paths    []string
	Boundary string
	// Config is the file that is read in place of every onus.yaml (--config); empty means none.
	Config string
	// Inventory is what was read of the paths.
	Inventory *inventory.Inventory
	// Services maps each hosting to its service, as the catalog has them: "ecs-fargate" to "ecs".
	Services map[string]string
}
