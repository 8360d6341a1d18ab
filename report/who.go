package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vuln"
)

// WhoGroup are answers of one vulnerability that say the same, so that a reader meets each answer once.
type WhoGroup struct {
	vuln.Answer
	// Where names the hostings, or the workloads with their hosting; Members are their answers.
	Where   []string
	Members []*vuln.Answer
}

// WhoGroups folds the answers of a finding: those in which the customer acts first, then in the order of the answers.
// Brief groups ask the same of the customer; others also agree on who builds and applies the fix and on what would
// change the answer.
func WhoGroups(f *vuln.Finding, brief bool) []WhoGroup {
	var out []WhoGroup
	index := map[string]int{}
	for n := range f.Answers {
		a := &f.Answers[n]
		key := whoKey(a, brief)
		i, ok := index[key]
		if !ok {
			i = len(out)
			index[key] = i
			out = append(out, WhoGroup{Answer: *a})
		}
		out[i].Where = append(out[i].Where, WhoName(a))
		out[i].Members = append(out[i].Members, a)
	}
	order := []vuln.Who{vuln.Customer, vuln.Both, vuln.Undetermined, vuln.AWS, vuln.NotAffected}
	slices.SortStableFunc(out, func(a, b WhoGroup) int { return slices.Index(order, a.Who) - slices.Index(order, b.Who) })
	return out
}

// WhoWhere names the places of a group, each clipped: there may be as many as the catalog has hostings.
func WhoWhere(g *WhoGroup) string {
	names := make([]string, len(g.Where))
	for i, name := range g.Where {
		names[i] = Clip(name, MaxName)
	}
	return strings.Join(names, ", ")
}

// WhoName is the hosting of an answer, or its workload with the hosting.
func WhoName(a *vuln.Answer) string {
	if a.Workload != nil {
		return fmt.Sprintf("%s (%s)", a.Workload.Name, a.Hosting)
	}
	return a.Hosting
}

// whoKey is equal for answers that read the same.
func whoKey(a *vuln.Answer, brief bool) string {
	key := []string{string(a.Who), a.Todo, a.Provided, WhoSteps(a.Steps)}
	if !brief {
		key = append(key, string(a.FixBuiltBy), string(a.AppliedBy))
		for _, l := range a.Layers {
			key = append(key, string(l))
		}
		for _, c := range a.Conditions {
			key = append(key, WhoCondition(c))
		}
		if a.Workload != nil {
			key = append(key, a.Reason)
		}
	}
	return strings.Join(key, "\x00")
}

// WhoConditions lists what would change the answers of a group, each with the members that it is about unless it is about
// all of them.
func WhoConditions(g *WhoGroup) []string {
	var texts []string
	about := map[string][]string{}
	for _, m := range g.Members {
		for _, c := range m.Conditions {
			text := WhoCondition(c)
			if about[text] == nil {
				texts = append(texts, text)
			}
			about[text] = append(about[text], Clip(WhoName(m), MaxName))
		}
	}
	for i, text := range texts {
		if names := about[text]; len(names) < len(g.Members) {
			texts[i] = strings.Join(names, ", ") + " when " + text
		} else {
			texts[i] = "when " + text
		}
	}
	return texts
}

// WhoCommon returns the text that all members of a group share, "" when they do not.
func WhoCommon(g *WhoGroup, text func(*vuln.Answer) string) string {
	first := text(g.Members[0])
	for _, m := range g.Members[1:] {
		if text(m) != first {
			return ""
		}
	}
	return first
}

// WhoHeading says an answer in a few words, addressed to the customer.
func WhoHeading(a *vuln.Answer) string {
	switch a.Who {
	case vuln.Customer:
		return "Yours"
	case vuln.Both:
		return "Both: AWS's and yours"
	case vuln.AWS:
		switch a.Residual {
		case vuln.None:
			return "AWS's, nothing to do"
		case vuln.Redeploy:
			return "AWS's, and you may hasten it"
		}
		return "AWS's fix, and yours to finish"
	case vuln.NotAffected:
		return "Not affected"
	default:
		return "Undetermined"
	}
}

// WhoParty is the party whose colour and symbol an answer has.
func WhoParty(w vuln.Who) stack.Party {
	switch w {
	case vuln.Customer:
		return stack.Customer
	case vuln.AWS:
		return stack.AWS
	case vuln.Both:
		return stack.Shared
	case vuln.NotAffected:
		return stack.NotApplicable
	default:
		return stack.Undetermined
	}
}

// WhoSteps lists the steps: "roll-nodes, rebuild-image".
func WhoSteps(steps []vuln.Residual) string {
	words := make([]string, len(steps))
	for i, s := range steps {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

// WhoBrings says who builds the fix and who brings it.
func WhoBrings(t vuln.Triple) string {
	if t.Who == vuln.NotAffected || t.FixBuiltBy == stack.Undetermined && t.AppliedBy == stack.Undetermined {
		return ""
	}
	return fmt.Sprintf("built by %s, applied by %s", Word(t.FixBuiltBy), Word(t.AppliedBy))
}

// WhoCondition says one condition: "the function is in mode Manual: customer, change-mode".
func WhoCondition(c vuln.Condition) string {
	return fmt.Sprintf("%s: %s, %s", c.When, c.Who, c.Residual)
}

// WhoComponents names what a finding is in: "pkg:… (container-runtime)".
func WhoComponents(f *vuln.Finding) string {
	var out []string
	for _, c := range f.Components {
		var layers []string
		for _, p := range c.Placements {
			layers = append(layers, string(p.Layer))
		}
		text := c.Component
		if len(layers) > 0 {
			text += " (" + strings.Join(layers, ", ") + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// WhoDates says the days that matter.
func WhoDates(d *vuln.Dates) string {
	if d == nil {
		return ""
	}
	var out []string
	if d.Disclosed != "" {
		out = append(out, "disclosed "+d.Disclosed)
	}
	if d.Fixed != "" {
		out = append(out, "fixed "+d.Fixed)
	}
	if d.Deadline != "" {
		out = append(out, "AWS replaces what runs "+d.Deadline)
	}
	return strings.Join(out, "; ")
}

// WhoDecider says a property that decided: "AWS::ECS::Service.LaunchType = FARGATE (infra/main.tf:12)".
func WhoDecider(d allocation.Decider) string {
	text := fmt.Sprintf("%s = %s", Clip(d.Property, MaxName), Clip(d.Value, MaxName))
	if d.Path != "" {
		text += " (" + Place(d.Path, d.Line) + ")"
	}
	return text
}

// maxCopies is how many copies of a group are named.
const maxCopies = 10

// WhoCopies names the copies that an inventory found for the answers of a group, and what was not seen.
func WhoCopies(g *WhoGroup) []string {
	var out []string
	more := 0
	for _, m := range g.Members {
		for _, c := range m.Copies {
			if len(out) == maxCopies {
				more++
				continue
			}
			out = append(out, WhoCopy(m, &c))
		}
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("and %d more; -f json names them all", more))
	}
	return out
}

// WhoCopy words a copy: "api: log4j-core 2.14.1 in app.jar!/…, affected, fixed in 2.15.0".
func WhoCopy(a *vuln.Answer, c *vuln.Copy) string {
	text := Clip(strings.TrimSpace(c.Name+" "+c.Version), MaxName) + " in " + Clip(c.Path, 2*MaxName) + ", "
	if a.Workload != nil {
		text = Clip(a.Workload.Name, MaxName) + " (" + c.What + "): " + text
	}
	if c.State == "affected" {
		text += "affected"
	} else {
		text += "not known whether affected: " + c.Reason
	}
	if c.Fixed != "" {
		text += ", fixed in " + c.Fixed
	}
	if c.BaseLayer == "true" {
		text += " (from the base image)"
	}
	return text
}
