// Package sarif writes the result of `onus check` as SARIF 2.1.0, within the limits that GitHub code scanning sets.
//
// A finding becomes a result: unmet a failure whose level follows from the severity, undetermined an open one, accepted
// and attested ones carry a suppression. AWS's duties are inherited and no results. Paths are relative to Options.Base
// where they lie below it. Fingerprints are made from the check, the duty and the address, so that a finding stays the
// same when lines move.
//
// Bounds: a run has at most maxResults results; what is more goes into further runs, each of its own category, up to
// maxRuns. GitHub takes 25,000 results a run and 20 runs a file (seen 2026-11-24).
//
// Data flow: a check.Result in, JSON out.
package sarif

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// The limits of one file.
const (
	maxResults = 25_000
	maxRuns    = 20
	// maxListed is how many workloads one result names.
	maxListed = 50
)

// Options says what Write cannot read from the result.
type Options struct {
	// Base is the absolute slash path that paths are made relative to: the working directory.
	Base string
	// Version is the program's version; it may be empty.
	Version string
}

// Write writes r. The error is that of w.
func Write(w io.Writer, r *check.Result, opts Options) error {
	doc := sarif.NewReport()
	for n := 0; n == 0 || n*maxResults < len(r.Findings); n++ {
		if n == maxRuns {
			break
		}
		part := r.Findings[n*maxResults : min(len(r.Findings), (n+1)*maxResults)]
		doc.AddRun(run(part, n, len(r.Findings), opts))
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	return nil
}

func run(findings []check.Finding, n, total int, opts Options) *sarif.Run {
	driver := sarif.NewToolComponent().WithName("onus").WithInformationURI("https://github.com/onus-dev/onus")
	if opts.Version != "" {
		driver.WithVersion(opts.Version)
	}
	out := sarif.NewRun().WithTool(sarif.NewTool().WithDriver(driver)).WithColumnKind("unicodeCodePoints")
	if total > maxResults {
		out.WithAutomationDetails(sarif.NewRunAutomationDetails().WithID("onus-" + strconv.Itoa(n+1) + "/"))
	}
	rules := map[string]int{}
	for i := range findings {
		f := &findings[i]
		id := ruleID(f)
		index, ok := rules[id]
		if !ok {
			index = len(driver.Rules)
			rules[id] = index
			driver.AddRule(rule(f, id))
		}
		out.AddResult(result(f, id, index, opts))
	}
	return out
}

// ruleID is the check, or the kind of finding with its duty.
func ruleID(f *check.Finding) string {
	if f.Check != "" {
		return f.Check
	}
	if f.Duty == "" {
		return f.Kind
	}
	return f.Kind + "/" + string(f.Duty)
}

func rule(f *check.Finding, id string) *sarif.ReportingDescriptor {
	text := strings.TrimSpace(f.Why + " " + f.Remedy)
	props := sarif.NewPropertyBag().Add("precision", "high").Add("security-severity", score(f.Severity)).Add("duty", string(f.Duty))
	props.WithTags(append([]string{"security", "onus"}, f.SecurityHub[:min(len(f.SecurityHub), 10)]...))
	out := sarif.NewReportingDescriptor().WithID(id).WithName(id).
		WithShortDescription(message(f.Title)).WithFullDescription(message(text)).
		WithHelp(sarif.NewMultiformatMessageString().WithText(text).WithMarkdown(helpMarkdown(f))).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(level(f.Severity))).WithProperties(props)
	if f.Citation != nil {
		out.WithHelpURI(f.Citation.URL)
	}
	return out
}

func message(text string) *sarif.MultiformatMessageString {
	return sarif.NewMultiformatMessageString().WithText(report.Plain(text))
}

func helpMarkdown(f *check.Finding) string {
	var b strings.Builder
	if f.Why != "" {
		fmt.Fprintf(&b, "%s\n\n", f.Why)
	}
	fmt.Fprintf(&b, "**What to do:** %s\n", f.Remedy)
	if f.Citation != nil {
		fmt.Fprintf(&b, "\n[%s](%s)\n", f.Citation.Title, f.Citation.URL)
	}
	return b.String()
}

// score is GitHub's security-severity, whose bands are above 9 critical, 7 high, 4 medium.
func score(s check.Severity) string {
	return map[check.Severity]string{check.Critical: "9.5", check.High: "8.0", check.Medium: "5.5"}[s] + map[check.Severity]string{check.Low: "2.0", "": "2.0"}[s]
}

func level(s check.Severity) string {
	switch s {
	case check.Critical, check.High:
		return "error"
	case check.Medium:
		return "warning"
	}
	return "note"
}

func result(f *check.Finding, id string, index int, opts Options) *sarif.Result {
	text := report.Plain(f.Title + ": not shown. " + f.Reason)
	if f.Verdict != check.Undetermined {
		text = report.Plain("Not met: " + f.Title + ". " + f.Reason)
	}
	if f.Kind != check.KindCheck {
		text = report.Plain(f.Title + ". " + f.Reason)
	}
	out := sarif.NewResult().WithRuleID(id).WithRuleIndex(index).WithMessage(sarif.NewTextMessage(text)).
		WithPartialFingerprints(map[string]string{"onusFinding/v1": f.ID}).WithProperties(properties(f))
	out.Kind, out.Level = "fail", level(f.Severity)
	if f.Verdict == check.Undetermined && (f.Kind == check.KindCheck || f.Kind == check.KindAttest) {
		out.Kind, out.Level = "open", "none"
	}
	if loc := location(f.Source.Path, f.Source.Line, opts); loc != nil {
		loc.WithLogicalLocations([]*sarif.LogicalLocation{
			sarif.NewLogicalLocation().WithFullyQualifiedName(report.Plain(f.Resource.Address)).WithKind("resource"),
		})
		out.AddLocation(loc)
	}
	for i, d := range f.DecidedBy {
		if loc := location(d.Path, d.Line, opts); loc != nil && (d.Path != f.Source.Path || d.Line != f.Source.Line) {
			loc.WithID(i + 1).WithMessage(sarif.NewTextMessage(report.Plain(d.Property + " is " + d.Value)))
			out.AddRelatedLocation(loc)
		}
	}
	if f.Exception != nil {
		out.WithSuppressions([]*sarif.Suppression{suppression(f.Exception)})
	}
	if f.Known {
		out.WithBaselineState("unchanged")
	}
	return out
}

func properties(f *check.Finding) *sarif.PropertyBag {
	p := sarif.NewPropertyBag().Add("duty", string(f.Duty)).Add("party", string(stack.Customer)).Add("verdict", string(f.Verdict)).
		Add("kind", f.Kind).Add("address", f.Resource.Address).Add("workloads", f.Workloads[:min(len(f.Workloads), maxListed)])
	if f.Owner != nil {
		p.Add("owner", f.Owner.Team)
	}
	if f.Citation != nil {
		p.Add("citation", f.Citation.URL)
	}
	return p
}

func suppression(e *check.Exception) *sarif.Suppression {
	kind := "external"
	if e.Kind == "accept" && !strings.HasSuffix(e.Source.Path, ".onusignore.yaml") {
		kind = "inSource"
	}
	return sarif.NewSuppression().WithKind(kind).WithStatus("accepted").WithJustification(report.Plain(report.ExceptionText(e)))
}

// location is a place in a file; nil when there is none.
func location(file string, line int, opts Options) *sarif.Location {
	if file == "" {
		return nil
	}
	at := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewArtifactLocation().WithURI(uri(file, opts.Base)))
	at.WithRegion(sarif.NewRegion().WithStartLine(max(1, line)))
	return sarif.NewLocation().WithPhysicalLocation(at)
}

// uri makes a path relative to base where it lies below it; an absolute path elsewhere becomes a file URI.
func uri(file, base string) string {
	if path.IsAbs(file) {
		if rel, ok := strings.CutPrefix(file, strings.TrimSuffix(base, "/")+"/"); ok {
			file = rel
		} else {
			return (&url.URL{Scheme: "file", Path: file}).String()
		}
	}
	return (&url.URL{Path: file}).EscapedPath()
}
