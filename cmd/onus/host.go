package main

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/host"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/terminal"
)

// hostFlags are the options of `onus host`.
type hostFlags struct {
	root, asOf         string
	formats, workloads []string
	noCommands, imds   bool
	allowPartial       bool
	width              int
}

// hostCommand is `onus host`.
func (a *app) hostCommand() *cobra.Command {
	f := &hostFlags{}
	cmd := &cobra.Command{
		Use:   "host",
		Short: "Read this machine for the duties that lie on it: kernel, updates, CPU mitigations, sshd, container engine",
		Long: `onus host reads the machine that it runs on, or the one below --root, and says what it shows of the operating-system and
container-runtime duties. Its JSON is proof for onus check --evidence FILE. It writes nothing, and needs root for little;
what it could not read it names. Unless --no-commands is given it runs, where they are there, apt-get -s, dnf or yum
updateinfo from the cache, needs-restarting -r, and --version of engines and agents that no package brings. It asks
nothing of any network but, with --imds, the instance metadata service at 169.254.169.254.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("host takes no PATH: --root DIR names the root directory of another machine")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, _ []string) error { return a.runHost(f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.root, "root", "/", "root directory of the machine; commands run only for /")
	fl.StringArrayVarP(&f.formats, "format", "f", nil, "terminal or json, with an optional =FILE; repeatable")
	fl.StringArrayVar(&f.workloads, "workload", nil, "address or id of a workload that this machine runs, as onus map prints it; repeatable")
	fl.BoolVar(&f.noCommands, "no-commands", false, "read files only, run nothing")
	fl.BoolVar(&f.imds, "imds", false, "ask the instance metadata service for the instance's id, its group and whether it requires tokens")
	fl.StringVar(&f.asOf, "as-of", "", "date of the document, YYYY-MM-DD (default: now)")
	fl.BoolVar(&f.allowPartial, "allow-partial", false, "exit with 0 although something could not be read")
	fl.IntVar(&f.width, "width", 0, "columns of terminal output (default: the terminal's, at most 120)")
	return cmd
}

func (a *app) runHost(f *hostFlags) error {
	outputs, err := parseOutputs(f.formats, []string{"terminal", "json"})
	if err != nil {
		return err
	}
	now := time.Now()
	if f.asOf != "" {
		if now, err = parseDate(f.asOf); err != nil {
			return err
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	opts := host.Options{Now: now, Commands: !f.noCommands, Workloads: f.workloads}
	if f.imds {
		opts.Metadata = host.NewMetadata("")
	}
	doc, err := host.Collect(ctx, f.root, opts)
	if err != nil {
		return usagef("--root %s: %v", f.root, err)
	}
	for _, o := range outputs {
		if err := a.write(o, func(w io.Writer) error { return renderHost(w, o.format, doc, f) }); err != nil {
			return err
		}
	}
	return a.hostStatus(doc, f.allowPartial)
}

func renderHost(w io.Writer, format string, doc *host.Document, f *hostFlags) error {
	if format == "json" {
		return json.Host(w, doc)
	}
	return terminal.Host(w, doc, terminalOptions(w, f.width))
}

// hostStatus is 4 when the root is that of no machine, and 3 when something could not be read.
func (a *app) hostStatus(doc *host.Document, allowPartial bool) error {
	var diags diag.List
	if n := len(doc.Unread); n > 0 {
		diags.Skipf(diag.Range{}, "Some of the machine could not be read", "%d places could not be read; the document names them. What hangs on them is unknown.", n)
	}
	found := 1
	if doc.System.ID == "" && doc.Kernel.Running == "" {
		found = 0
		diags.Warnf(diag.Range{}, "No machine found", "There is neither etc/os-release nor proc/sys/kernel/osrelease below the root: expected the root directory of a Linux system.")
	}
	if err := a.tell(diags.Sorted()); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	a.status = mapStatus(diags, found, allowPartial)
	return nil
}
