package json

import (
	"io"
	"slices"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/diag"
)

// Check writes the document of `onus check -f json`.
func Check(w io.Writer, r *check.Result) error {
	return write(w, document[check.Workload]{
		head: func() any { return filledCheck(*r) }, workloads: slices.Values(r.Workloads), fill: checkedWorkload, finish: func() {},
	})
}

// CheckStream writes a result whose workloads are judged while they are written, and finishes it. finish is called
// between, on the finished result: a baseline marks what it knows there.
func CheckStream(w io.Writer, s *check.Stream, finish func(*check.Result)) (own diag.List, err error) {
	err = write(w, document[check.Workload]{
		head: func() any { return filledCheck(*s.Result) }, workloads: s.Workloads(), fill: checkedWorkload,
		finish: func() { own = s.Finish(); finish(s.Result) },
	})
	return own, err
}

func checkedWorkload(w check.Workload) (v any, id string) { return w, w.ID }

// filledCheck returns r with every nil array made empty.
func filledCheck(r check.Result) check.Result {
	if r.Roots == nil {
		r.Roots = []allocation.Root{}
	}
	if r.Resources == nil {
		r.Resources = []check.Resource{}
	}
	if r.Findings == nil {
		r.Findings = []check.Finding{}
	}
	if r.Diagnostics == nil {
		r.Diagnostics = []allocation.Diagnostic{}
	}
	if r.Coverage.UnmappedTypes == nil {
		r.Coverage.UnmappedTypes = []allocation.TypeCount{}
	}
	if r.Coverage.NotRead == nil {
		r.Coverage.NotRead = []allocation.NotRead{}
	}
	return r
}
