package triage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vuln"
	"github.com/onus-dev/onus/workload"
)

// Options are what findings are judged by.
type Options struct {
	Model   *vuln.Model
	Catalog *catalog.Catalog
	AsOf    time.Time
	// Hosting is that of what no workload is found for and whose own kind leaves it open; empty when none is given.
	Hosting string
	// Estate is nil when no paths were given.
	Estate *Estate
	// Team tells who holds a duty of a workload, or of a resource when the workload is nil; nil when teams are not in use.
	Team func(w *workload.Workload, r *inventory.Resource, d stack.Duty) *Team
}

// triager is one run.
type triager struct {
	Options
	join  *joiner
	cache map[string]Answer
	// byType maps the type of a root without colons and in lower case to its hosting.
	byType map[string]string
}

// Run labels the findings of the reports, which Read gave.
func Run(reports []Report, found []Finding, o Options) *Result {
	t := &triager{Options: o, join: newJoiner(o.Estate, found), cache: map[string]Answer{}, byType: map[string]string{}}
	for typ, hosting := range o.Catalog.Roots() {
		t.byType[typeKey(typ)] = hosting
	}
	for i := range found {
		t.label(&found[i])
	}
	r := &Result{SchemaVersion: SchemaVersion, Catalog: editionOf(o.Catalog), Reports: reports, Findings: found, Counts: CountsOf(found), Diagnostics: []allocation.Diagnostic{}}
	if !o.AsOf.IsZero() {
		r.AsOf = o.AsOf.Format(time.DateOnly)
	}
	return r
}

func typeKey(typ string) string { return strings.ToLower(strings.ReplaceAll(typ, "::", "")) }

// label answers for one finding.
func (t *triager) label(f *Finding) {
	if f.Target.Kind == "" {
		f.Target.Kind = UnknownTarget
	}
	joints := t.join.of(f)
	var list []Answer
	switch {
	case f.Kind != Vulnerability:
		list = t.misconfigured(f, joints)
	case len(joints) == 0 || joints[0].workload < 0:
		hostings, why := t.hostings(f)
		list = []Answer{t.inHostings(f, hostings, why)}
	default:
		for _, to := range joints {
			list = append(list, t.inWorkload(f, to))
		}
	}
	slices.SortStableFunc(list, func(a, b Answer) int { return cmp.Compare(a.Label.rank(), b.Label.rank()) })
	for i := range list {
		if list[i].Label == Nothing {
			list[i].Team = nil // nobody has to act
		}
	}
	f.Answer = list[0]
	if len(list) > 1 {
		f.Answers = list
	}
}

func (l Label) rank() int { return slices.Index(Labels(), l) }

// hostings are those that a finding's target can have: what it tells itself, the one that the user named, or what its kind
// leaves open.
func (t *triager) hostings(f *Finding) (ids []string, why string) {
	ids, why = f.Target.hostings, first(f.Target.why, "the target")
	if len(ids) == 0 && f.Target.Kind == Resource {
		if h := t.byType[typeKey(f.Target.Type)]; h != "" {
			ids, why = []string{h}, "a resource of the type "+f.Target.Type
		} else {
			ids, why = computeHostings(typeKey(f.Target.Type)), "a resource of the type "+f.Target.Type
		}
	}
	if len(ids) != 1 && t.Hosting != "" {
		return []string{t.Hosting}, "--hosting"
	}
	return ids, why
}

// computeHostings are the hostings of types of compute, which the catalog's roots do not have.
func computeHostings(key string) []string {
	switch key {
	case "awsecsservice", "awsecstaskdefinition", "awsecstask", "awsecscluster", "awsecscontainer":
		return []string{"ecs-fargate", "ecs-ec2", "ecs-managed-instances"}
	case "awsekscluster":
		return clusterHostings()
	case "awseksnodegroup":
		return []string{"eks-managed-nodes"}
	case "awsapprunnerservice":
		return []string{"app-runner"}
	case "awselasticbeanstalkenvironment":
		return []string{"elastic-beanstalk"}
	case "awslambdafunction":
		return []string{"lambda-zip", "lambda-image"}
	case "awsautoscalingautoscalinggroup", "awsec2launchtemplate":
		return nodeHostings()
	}
	return nil
}

func (t *triager) team(w *workload.Workload, r *inventory.Resource, d stack.Duty) *Team {
	if t.Team == nil || d == "" || w == nil && r == nil {
		return nil
	}
	return t.Options.Team(w, r, d)
}

func editionOf(c *catalog.Catalog) allocation.Edition {
	e := c.Edition()
	return allocation.Edition{Version: e.Version, ValidFrom: e.ValidFrom}
}

// CountsOf adds up findings by label, by tool and by severity.
func CountsOf(found []Finding) Counts {
	c := Counts{All: Tally{Name: "all", ByLabel: map[Label]int{}}, ByTool: []Tally{}, BySeverity: []Tally{}}
	tools, severities := map[string]*Tally{}, map[string]*Tally{}
	for i := range found {
		f := &found[i]
		for _, to := range []*Tally{&c.All, tallyOf(tools, f.Tool), tallyOf(severities, string(f.Severity))} {
			to.Before++
			to.ByLabel[f.Label]++
			if f.Label != Nothing {
				to.After++
			}
		}
	}
	for _, t := range tools {
		c.ByTool = append(c.ByTool, *t)
	}
	slices.SortFunc(c.ByTool, func(a, b Tally) int { return cmp.Compare(a.Name, b.Name) })
	for _, s := range Severities() {
		if t := severities[string(s)]; t != nil {
			c.BySeverity = append(c.BySeverity, *t)
		}
	}
	return c
}

func tallyOf(m map[string]*Tally, name string) *Tally {
	if m[name] == nil {
		m[name] = &Tally{Name: name, ByLabel: map[Label]int{}}
	}
	return m[name]
}

// words are the labels as they are written on a command line.
func words() map[string]Label {
	return map[string]Label{"yours": Yours, "undetermined": Undetermined, "third-party": ThirdParty, "redeploy": Redeploy, "nothing": Nothing}
}

// ParseLabels reads a list such as "yours,undetermined".
func ParseLabels(list []string) ([]Label, error) {
	var out []Label
	for _, item := range list {
		for word := range strings.SplitSeq(item, ",") {
			l, ok := words()[strings.TrimSpace(word)]
			if !ok {
				return nil, fmt.Errorf("%q: expected yours, undetermined, third-party, redeploy or nothing", clip(word, 60))
			}
			out = append(out, l)
		}
	}
	return out, nil
}

// Gate says which findings fail a run: those with a label that are at least as severe.
type Gate map[Label]Severity

// ParseGate reads a list such as "yours:high,undetermined".
func ParseGate(list []string) (Gate, error) {
	g := Gate{}
	for _, item := range list {
		for word := range strings.SplitSeq(item, ",") {
			name, level, levelled := strings.Cut(strings.TrimSpace(word), ":")
			l, ok := words()[name]
			least := Severity(level)
			switch {
			case !ok || l == Nothing:
				return nil, fmt.Errorf("%q: expected yours, undetermined, third-party or redeploy, each with an optional :SEVERITY", clip(word, 60))
			case !levelled:
				least = Info
			case least.Rank() == 0:
				return nil, fmt.Errorf("%q: expected a severity after the colon: critical, high, medium, low, unknown or info", clip(word, 60))
			}
			if old, ok := g[l]; !ok || least.Rank() > old.Rank() {
				g[l] = least
			}
		}
	}
	return g, nil
}

// Failing counts the findings that fail. What the report itself has suppressed does not.
func (g Gate) Failing(r *Result) int {
	n := 0
	for i := range r.Findings {
		f := &r.Findings[i]
		if least, ok := g[f.Label]; ok && !f.Known && f.Severity.Rank() <= least.Rank() {
			n++
		}
	}
	return n
}

// Keep leaves in the result only the findings with one of the labels; the counts stay. An empty list keeps all.
func (r *Result) Keep(only []Label) {
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool { return !kept(f.Label, only) })
}
