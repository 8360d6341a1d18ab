package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/report/terminal"
)

// The exit statuses. Usage goes before a failed gate, a failed gate before partial input, partial before nothing found.
const (
	statusFine    = 0
	statusFailed  = 1
	statusUsage   = 2
	statusPartial = 3
	statusNothing = 4
)

// app is what every command shares.
type app struct {
	out, err io.Writer
	status   int
	// unmatched are faults of the vulnerability data, met while questions were answered.
	unmatched []error
}

// usageError is a mistake in the command line or in the user's own configuration.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run executes one command line and returns the exit status.
func run(args []string, out, errOut io.Writer) int {
	collect(args)
	a := &app{out: out, err: errOut}
	root := a.command(args)
	root.SetArgs(longFlags(args))
	root.SetOut(out)
	root.SetErr(errOut)
	if err := root.Execute(); err != nil {
		fmt.Fprintf(errOut, "onus: %v\n", err)
		if errors.As(err, &usageError{}) {
			return statusUsage
		}
		if a.status == statusFine {
			return statusUsage
		}
	}
	return a.status
}

// How much the heap may grow, in percent of what is in use, before it is collected. A small heap may double twice, which
// saves a small run a tenth of its time. Most of what is allocated while sources are parsed is garbage; of a large plan,
// which is read as a stream, most is kept, and there the room to grow is what the run's memory mostly consists of. No memory
// limit is set: over one, the collector runs all the time and a run of 100,000 resources takes three times as long.
const (
	growSmall    = 200
	growUsual    = 100
	growStreamed = 60
	// smallHeap is what a small heap has in use, largePlan the size of a file from which it is a large plan, in bytes.
	smallHeap = 48 << 20
	largePlan = 16 << 20
)

// collect sets how often the heap is collected.
func collect(args []string) {
	for _, a := range args {
		if info, err := os.Stat(a); err == nil && info.Mode().IsRegular() && info.Size() > largePlan {
			debug.SetGCPercent(growStreamed)
			return
		}
	}
	debug.SetGCPercent(growSmall)
	collectOften()
}

// watched is an object that nothing holds: its finalizer runs after each collection. It is large enough to lie alone.
type watched [64]byte

// collectOften waits until the heap is no longer small.
func collectOften() {
	runtime.SetFinalizer(&watched{}, func(*watched) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		if metrics.Read(live); live[0].Value.Kind() == metrics.KindUint64 && live[0].Value.Uint64() < smallHeap {
			collectOften()
			return
		}
		debug.SetGCPercent(growUsual)
	})
}

// longFlags lets Terraform's users write -var and -var-file with one dash, as they are used to.
func longFlags(args []string) []string {
	out := slices.Clone(args)
	for i, s := range out {
		name, _, _ := strings.Cut(s, "=")
		if name == "-var" || name == "-var-file" {
			out[i] = "-" + s
		}
	}
	return out
}

// command makes the root command. Of its commands only the one that args name is made, or all when they name none: the
// flags of all of them take longer than a small input.
func (a *app) command(args []string) *cobra.Command {
	root := &cobra.Command{
		Use:   "onus",
		Short: "Whose job is it? The AWS Shared Responsibility Model, applied to your infrastructure",
		Long: `onus reads your infrastructure as code (Terraform, Terragrunt, plans and states, CloudFormation, SAM, CDK, Serverless
Framework, Kubernetes, Kustomize, Helm) and documents of AWS Config and Cloud Control, and says for every workload, layer by layer, who is responsible:
AWS, you, or both, why, and which property on which line decided it. It needs no credentials and no network.

Exit status: 0 fine, 1 a gate you asked for failed, 2 usage or configuration, 3 some input could not be read,
4 nothing found to map.`,
		SilenceUsage: true, SilenceErrors: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	commands := map[string]func() *cobra.Command{
		"map": a.mapCommand, "check": a.checkCommand, "diff": a.diffCommand, "move": a.moveCommand, "effort": a.effortCommand,
		"teams": a.teamsCommand, "compare": a.compareCommand, "explain": a.explainCommand, "who": a.whoCommand,
		"triage": a.triageCommand, "host": a.hostCommand, "db": a.dbCommand, "catalog": a.catalogCommand, "schema": a.schemaCommand,
	}
	if len(args) > 0 && commands[args[0]] != nil {
		root.AddCommand(commands[args[0]]())
		return root
	}
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		root.AddCommand(commands[name]())
	}
	return root
}

// terminalOptions says how wide and how colourful w is.
func terminalOptions(w io.Writer, width int) terminal.Options {
	opts := terminal.Options{Width: width}
	if f, ok := w.(*os.File); ok && term.IsTerminal(f.Fd()) {
		opts.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if cols, _, err := term.GetSize(f.Fd()); err == nil && width == 0 {
			opts.Width = min(cols, 120)
		}
	}
	if cols, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && opts.Width == 0 {
		opts.Width = min(cols, 120)
	}
	return opts
}

// tell prints diagnostics on standard error.
func (a *app) tell(diags diag.List) error {
	if len(diags) == 0 {
		return nil
	}
	return terminal.Diagnostics(a.err, diags, terminalOptions(a.err, 0))
}
