// Command corpus runs onus over a folder of repositories, each in a process of its own and then all in one, and prints
// what was found, how long it took and how much memory it needed. It is how the reader is tried on real code:
//
//	make corpus CORPUS=DIR
//
// The exit status is 1 when a run panicked, was killed or gave no document.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	onus := flag.String("onus", "onus", "the program to run")
	jobs := flag.Int("jobs", 0, "passed on as --jobs")
	whole := flag.Bool("whole", true, "also run once over the whole folder")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "corpus: give one folder of repositories")
		os.Exit(2)
	}
	runs, err := runAll(*onus, flag.Arg(0), *jobs, *whole)
	if err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(2)
	}
	if err := table(os.Stdout, runs); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(2)
	}
	if slices.ContainsFunc(runs, func(r outcome) bool { return r.broken() }) {
		os.Exit(1)
	}
}

// runAll runs over each directory of the folder in name order, then over the folder.
func runAll(onus, folder string, jobs int, whole bool) ([]outcome, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var out []outcome
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, run(onus, e.Name(), filepath.Join(folder, e.Name()), jobs))
		}
	}
	if len(out) == 0 {
		return nil, errors.New("the folder holds no directory")
	}
	if whole {
		out = append(out, run(onus, "(all in one run)", folder, jobs))
	}
	return out, nil
}

// answer is what is counted of a document of `onus map -f json`.
type answer struct {
	Roots     []struct{ Form string }
	Workloads []struct{ Hosting string }
	Coverage  struct {
		Resources, Mapped int
		NotRead           []struct{ Address string }
	}
	Diagnostics []struct{ Severity, Summary string }
}

// read counts a document as it comes in: it may be larger than this program should become, whose size the system takes
// for the least that its children need.
func (a *answer) read(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		switch name {
		case "roots":
			err = each(d, &a.Roots)
		case "workloads":
			err = each(d, &a.Workloads)
		case "diagnostics":
			err = each(d, &a.Diagnostics)
		case "coverage":
			err = d.Decode(&a.Coverage)
		default:
			var other json.RawMessage
			err = d.Decode(&other)
		}
		if err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// each decodes the members of an array one by one.
func each[T any](d *json.Decoder, into *[]T) error {
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		var x T
		if err := d.Decode(&x); err != nil {
			return err
		}
		*into = append(*into, x)
	}
	_, err := d.Token()
	return err
}

// outcome is one run.
type outcome struct {
	name string
	answer
	wall   time.Duration
	memory int64 // bytes at the peak, 0 when the system does not tell
	panics int
	failed error
}

func (o outcome) broken() bool { return o.panics > 0 || o.failed != nil }

// faults are the marks of a fault of the program: a panic that got out, and one that was caught.
var faults = regexp.MustCompile(`(?m)^(panic: |fatal error: )|This is a fault of onus`)

func run(onus, name, path string, jobs int) outcome {
	cmd := exec.Command(onus, "map", "-f", "json", fmt.Sprintf("--jobs=%d", jobs), path)
	var said strings.Builder
	cmd.Stderr = &said
	begun := time.Now()
	o := outcome{name: name}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		o.failed = err
		return o
	}
	parseErr := o.answer.read(json.NewDecoder(out))
	_, _ = io.Copy(io.Discard, out)
	err = cmd.Wait()
	o.wall = time.Since(begun)
	var exit *exec.ExitError
	if parseErr != nil || errors.As(err, &exit) && exit.ExitCode() != 3 && exit.ExitCode() != 4 {
		o.failed = fmt.Errorf("%s: %w: %s", name, errors.Join(parseErr, err), lastLine(said.String()))
	}
	o.panics = len(faults.FindAllString(said.String(), -1))
	o.memory = peakMemory(cmd.ProcessState)
	return o
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

func table(w io.Writer, runs []outcome) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "repository\troots\tresources\tmapped\tworkloads\tnot read\tdiagnostics\tseconds\tMB\tpanics")
	for _, r := range runs {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.2f\t%d\t%d\n", r.name, len(r.Roots), r.Coverage.Resources, r.Coverage.Mapped,
			len(r.Workloads), len(r.Coverage.NotRead), len(r.Diagnostics), r.wall.Seconds(), r.memory>>20, r.panics)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	last := runs[len(runs)-1]
	fmt.Fprintf(w, "\nroots by form, %s\n", last.name)
	counts(w, last.Roots, func(r struct{ Form string }) string { return r.Form })
	fmt.Fprintf(w, "\nworkloads by hosting, %s\n", last.name)
	counts(w, last.Workloads, func(r struct{ Hosting string }) string { return r.Hosting })
	fmt.Fprintf(w, "\ndiagnostics, %s\n", last.name)
	counts(w, last.Diagnostics, func(r struct{ Severity, Summary string }) string { return r.Severity + ": " + r.Summary })
	for _, r := range runs {
		if r.failed != nil {
			fmt.Fprintf(w, "\nFAILED %v\n", r.failed)
		}
	}
	return nil
}

// counts prints how often each key occurs, in name order.
func counts[T any](w io.Writer, list []T, key func(T) string) {
	n := map[string]int{}
	for _, x := range list {
		n[key(x)]++
	}
	keys := make([]string, 0, len(n))
	for k := range n {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		fmt.Fprintf(w, "%7d  %s\n", n[k], k)
	}
}
