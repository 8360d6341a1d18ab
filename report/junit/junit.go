// Package junit writes the result of `onus check` as JUnit XML, for the test view of a build server.
//
// A workload, and a resource beside the workloads, is a test suite; each check on it is a test case: a failure when it
// is unmet, skipped when it is undetermined, accepted or attested. Duties of AWS are no cases.
//
// Data flow: a check.Result in, XML out.
package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/report"
)

type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Suites   []suite  `xml:"testsuite"`
}

type suite struct {
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Skipped  int        `xml:"skipped,attr"`
	Cases    []testCase `xml:"testcase"`
}

type testCase struct {
	Name      string   `xml:"name,attr"`
	ClassName string   `xml:"classname,attr"`
	File      string   `xml:"file,attr,omitempty"`
	Line      int      `xml:"line,attr,omitempty"`
	Failure   *problem `xml:"failure,omitempty"`
	Skipped   *problem `xml:"skipped,omitempty"`
}

type problem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// Write writes r. The error is that of w.
func Write(w io.Writer, r *check.Result) error {
	findings := make(map[string]*check.Finding, len(r.Findings))
	for i := range r.Findings {
		findings[r.Findings[i].ID] = &r.Findings[i]
	}
	out := suites{Name: "onus check"}
	for i := range r.Workloads {
		wl := &r.Workloads[i]
		s := suite{Name: report.Plain(wl.Root + " " + wl.Address)}
		for _, l := range wl.Layers {
			for _, d := range l.Duties {
				s.add(string(l.Layer)+"/"+d.Duty.Duty, d.Checks, findings)
			}
		}
		out.add(s)
	}
	for i := range r.Resources {
		res := &r.Resources[i]
		s := suite{Name: report.Plain(res.Root + " " + res.Address)}
		for _, d := range res.Duties {
			s.add(string(d.Duty), d.Checks, findings)
		}
		out.add(s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	return nil
}

func (o *suites) add(s suite) {
	if len(s.Cases) == 0 {
		return
	}
	o.Suites = append(o.Suites, s)
	o.Tests, o.Failures, o.Skipped = o.Tests+s.Tests, o.Failures+s.Failures, o.Skipped+s.Skipped
}

func (s *suite) add(duty string, outcomes []check.Outcome, findings map[string]*check.Finding) {
	for _, o := range outcomes {
		c := testCase{Name: o.Check + " " + report.Plain(o.Resource), ClassName: strings.ReplaceAll(duty, "/", ".")}
		f := findings[o.Finding]
		if f != nil {
			c.File, c.Line = report.Plain(f.Source.Path), f.Source.Line
		}
		switch {
		case o.Verdict == check.Met || f == nil:
		case o.Verdict == check.Unmet && !f.Known:
			c.Failure = &problem{Message: report.Plain(f.Title), Type: string(f.Severity), Text: report.Plain(f.Reason + " " + f.Remedy)}
			s.Failures++
		default:
			text := f.Reason
			if f.Exception != nil {
				text = report.ExceptionText(f.Exception)
			}
			c.Skipped = &problem{Message: string(o.Verdict) + ": " + report.Plain(text)}
			s.Skipped++
		}
		s.Cases = append(s.Cases, c)
		s.Tests++
	}
}
