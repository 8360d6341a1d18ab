package check

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// BaselineVersion is the version of a baseline file.
const BaselineVersion = "1.0"

// maxBaseline bounds a baseline file in bytes.
const maxBaseline = 64 << 20

// Baseline is what was known at some time: a run fails by what is new.
type Baseline struct {
	SchemaVersion string          `json:"schemaVersion"`
	AsOf          string          `json:"asOf"`
	Findings      []BaselineEntry `json:"findings"`
}

// BaselineEntry is one known finding. ID and Verdict decide; the rest is for whoever reads the file.
type BaselineEntry struct {
	ID       string  `json:"id"`
	Verdict  Verdict `json:"verdict"`
	Check    string  `json:"check,omitempty"`
	Duty     string  `json:"duty"`
	Resource string  `json:"resource"`
}

// BaselineOf makes the baseline of a result: everything that could fail a gate, in a stable order.
func BaselineOf(r *Result) *Baseline {
	b := &Baseline{SchemaVersion: BaselineVersion, AsOf: r.AsOf, Findings: []BaselineEntry{}}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Verdict == Accepted || f.Verdict == Attested {
			continue
		}
		b.Findings = append(b.Findings, BaselineEntry{ID: f.ID, Verdict: f.Verdict, Check: f.Check, Duty: string(f.Duty), Resource: f.Resource.Address})
	}
	slices.SortFunc(b.Findings, func(x, y BaselineEntry) int {
		return cmp.Or(strings.Compare(x.Resource, y.Resource), strings.Compare(x.Check, y.Check), strings.Compare(x.ID, y.ID))
	})
	return b
}

// Write writes the baseline as JSON.
func (b *Baseline) Write(w io.Writer) error {
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the baseline: %w", err)
	}
	if _, err := w.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	return nil
}

// ReadBaseline reads what Write wrote.
func ReadBaseline(r io.Reader) (*Baseline, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBaseline+1))
	if err != nil {
		return nil, fmt.Errorf("read the baseline: %w", err)
	}
	if len(data) > maxBaseline {
		return nil, fmt.Errorf("the baseline has more than %d bytes", maxBaseline)
	}
	var b Baseline
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&b); err != nil {
		return nil, fmt.Errorf("the baseline is not the JSON that --write-baseline writes: %w", err)
	}
	if b.SchemaVersion != BaselineVersion {
		return nil, fmt.Errorf("the baseline has the version %q; this program reads %s. Write it anew with --write-baseline", b.SchemaVersion, BaselineVersion)
	}
	return &b, nil
}

// Apply marks the findings that the baseline knows. One that was undetermined and is unmet now is new.
func (b *Baseline) Apply(r *Result) {
	known := make(map[string]Verdict, len(b.Findings))
	for _, f := range b.Findings {
		known[f.ID] = f.Verdict
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		was, ok := known[f.ID]
		f.Known = ok && (was == f.Verdict || was == Unmet)
	}
}
