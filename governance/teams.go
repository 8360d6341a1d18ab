package governance

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/stack"
)

// Share is what one team holds in a run.
type Share struct {
	// Team is empty for duties that nobody holds, and "a, b" for those that several claim; Status tells which.
	Team   string `json:"team"`
	Status string `json:"status"`
	// Contacts are those of the team in onus.yaml.
	Contacts []string `json:"contacts,omitempty"`
	// Workloads counts the workloads with a duty of the team, Duties its duties, Verdicts those by verdict.
	Workloads int                   `json:"workloads"`
	Duties    int                   `json:"duties"`
	Verdicts  map[check.Verdict]int `json:"verdicts"`
	// ByDuty counts its duties by name.
	ByDuty map[stack.Duty]int `json:"byDuty"`
	// Because are the ways by which the team was told, the most frequent first.
	Because []string `json:"because"`
}

// Shares adds up who holds what, teams by name, then what several claim, then what nobody holds.
func (s *Statements) Shares(r *check.Result) []Share {
	shares := map[string]*Share{}
	ways := map[string]map[string]int{}
	for i := range r.Workloads {
		touched := map[string]bool{}
		w := &r.Workloads[i]
		for _, l := range w.Layers {
			for _, d := range l.Duties {
				if d.Owner == nil {
					continue
				}
				key := d.Owner.Status + "\x00" + d.Owner.Team + strings.Join(d.Owner.Claims, ", ")
				sh := shares[key]
				if sh == nil {
					sh = &Share{Team: d.Owner.Team + strings.Join(d.Owner.Claims, ", "), Status: d.Owner.Status, Verdicts: map[check.Verdict]int{}, ByDuty: map[stack.Duty]int{}}
					shares[key], ways[key] = sh, map[string]int{}
				}
				if !touched[key] {
					touched[key] = true
					sh.Workloads++
				}
				sh.Duties++
				sh.Verdicts[d.Verdict]++
				sh.ByDuty[stack.Duty(string(l.Layer)+"/"+d.Duty.Duty)]++
				ways[key][d.Owner.Because]++
			}
		}
	}
	out := make([]Share, 0, len(shares))
	for key, sh := range shares {
		sh.Because = frequent(ways[key])
		sh.Contacts = s.contacts(sh.Team)
		out = append(out, *sh)
	}
	slices.SortFunc(out, func(a, b Share) int {
		return cmp.Or(cmp.Compare(statusOrder(a.Status), statusOrder(b.Status)), strings.Compare(a.Team, b.Team))
	})
	return out
}

func (s *Statements) contacts(team string) []string {
	for _, t := range s.owners.Teams() {
		if t.ID == team {
			return t.Contacts
		}
	}
	return nil
}

func statusOrder(status string) int {
	return slices.Index([]string{"owned", check.KindOverlap, "undetermined", check.KindOrphan}, status)
}

// maxWays bounds how many ways are named.
const maxWays = 5

func frequent(counts map[string]int) []string {
	out := make([]string, 0, len(counts))
	for way := range counts {
		if way != "" {
			out = append(out, way)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	return out[:min(len(out), maxWays)]
}
