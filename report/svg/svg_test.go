package svg_test

import (
	"bytes"
	"errors"
	"flag"
	"strings"
	"testing"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report/reporttest"
	"github.com/onus-dev/onus/report/svg"
)

var update = flag.Bool("update", false, "write the golden files")

func write(t *testing.T, r *allocation.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := svg.Write(&b, r, svg.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	same := reporttest.Result()
	same.Workloads = append(same.Workloads[3:4], same.Workloads[6:]...)
	for name, r := range map[string]*allocation.Result{"four-ways": reporttest.FourWays(), "same": same, "empty": {}} {
		got := write(t, r)
		reporttest.Golden(t, *update, name+".svg.golden", []byte(got))
		if got != write(t, r) {
			t.Errorf("%s: two runs differ", name)
		}
	}
}

func TestIdenticalStacksAreDrawnOnce(t *testing.T) {
	t.Parallel()
	got := write(t, reporttest.Many(400))
	if !strings.Contains(got, "400 workloads, 4 distinct stacks") {
		t.Error("the heading does not tell the folds")
	}
	if n := strings.Count(got, "Lambda function from a .zip</text>"); n != 1 {
		t.Errorf("the Lambda stack is drawn %d times", n)
	}
}

func TestWriterErrorIsReturned(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	if err := svg.Write(&reporttest.FailingWriter{Err: full}, reporttest.Result(), svg.Options{}); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
}

func TestCompareDrawsAFigure(t *testing.T) {
	t.Parallel()
	for _, duties := range []bool{false, true} {
		var b bytes.Buffer
		if err := svg.Compare(&b, reporttest.Comparison(), duties); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(b.String(), "<svg ") || strings.Contains(b.String(), ">operating-system/apply</text>") != duties {
			t.Errorf("duties %v: %.200s", duties, b.String())
		}
	}
	full := errors.New("disk full")
	if err := svg.Compare(&reporttest.FailingWriter{Err: full}, reporttest.Comparison(), false); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
}
