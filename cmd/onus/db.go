package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/vulndb"
)

// dbFlags are the sources of vulnerability data.
type dbFlags struct {
	osv, kev, epss, updateinfo, bottlerocket []string
	out, asOf, format                        string
}

func (f *dbFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.osv, "osv", nil, "OSV records: a directory, a zip as OSV serves it, or a file; repeatable")
	fl.StringArrayVar(&f.kev, "kev", nil, "CISA's catalog of exploited vulnerabilities, JSON; repeatable")
	fl.StringArrayVar(&f.epss, "epss", nil, "EPSS scores, CSV or CSV.gz; repeatable")
	fl.StringArrayVar(&f.updateinfo, "updateinfo", nil, "updateinfo.xml of Amazon Linux, or .gz; repeatable")
	fl.StringArrayVar(&f.bottlerocket, "bottlerocket", nil, "advisories of Bottlerocket: a directory or file; repeatable")
}

// inputs are the sources, and paths whose kind their content tells.
func (f *dbFlags) inputs(paths []string) []vulndb.Input {
	var out []vulndb.Input
	for _, group := range []struct {
		kind  vulndb.Kind
		paths []string
	}{
		{vulndb.KindOSV, f.osv}, {vulndb.KindKEV, f.kev}, {vulndb.KindEPSS, f.epss},
		{vulndb.KindUpdateInfo, f.updateinfo}, {vulndb.KindBottlerocket, f.bottlerocket}, {"", paths},
	} {
		for _, p := range group.paths {
			out = append(out, vulndb.Input{Kind: group.kind, Path: p})
		}
	}
	return out
}

func (a *app) dbCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Pack vulnerability data into one file, say what is in it, or download a source",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("db has no command %q: there are build, info and update", diag.Clip(args[0], 60))
			}
			return usagef("db needs a command: build, info or update")
		},
	}
	cmd.AddCommand(a.dbBuildCommand(), a.dbInfoCommand(), a.dbUpdateCommand())
	return cmd
}

func (a *app) dbBuildCommand() *cobra.Command {
	f := &dbFlags{}
	cmd := &cobra.Command{
		Use:   "build -o FILE [PATH...]",
		Short: "Pack OSV, KEV, EPSS, Amazon Linux and Bottlerocket data into one indexed file",
		RunE:  func(_ *cobra.Command, args []string) error { return a.runDBBuild(f, args) },
	}
	f.register(cmd)
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "the file to write")
	cmd.Flags().StringVar(&f.asOf, "as-of", "", "day to write into the file, YYYY-MM-DD (default: today)")
	return cmd
}

func (a *app) runDBBuild(f *dbFlags, paths []string) error {
	inputs := f.inputs(paths)
	if f.out == "" || len(inputs) == 0 {
		return usagef("db build needs -o FILE and at least one source: --osv, --kev, --epss, --updateinfo, --bottlerocket or a PATH")
	}
	day, err := parseDate(f.asOf)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var diags diag.List
	info, err := vulndb.Build(ctx, f.out, inputs, vulndb.BuildOptions{AsOf: day.Format(time.DateOnly)}, &diags)
	if told := a.tell(diags.Sorted()); told != nil {
		return told
	}
	if errors.Is(err, vulndb.ErrNothing) {
		return usageError{err}
	}
	if err != nil {
		return fmt.Errorf("build %s: %w", f.out, err)
	}
	fmt.Fprintf(a.out, "%s: %d records about %d packages, %d exploited, %d scored\n", f.out, info.Records, info.Packages, info.Exploited, info.Scored)
	if diags.Incomplete() {
		a.status = statusPartial
	}
	return nil
}

func (a *app) dbInfoCommand() *cobra.Command {
	f := &dbFlags{}
	cmd := &cobra.Command{
		Use:   "info FILE",
		Short: "Print the sources, dates and counts of a file that db build wrote",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("db info needs one FILE that db build wrote")
			}
			return a.runDBInfo(args[0], f.format)
		},
	}
	cmd.Flags().StringVarP(&f.format, "format", "f", "terminal", "terminal or json")
	return cmd
}

func (a *app) runDBInfo(path, format string) error {
	if format != "terminal" && format != "json" {
		return usagef("unknown format %q: expected terminal or json", format)
	}
	db, err := a.openDB(path)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Verify(); err != nil {
		return a.badDB(path, err)
	}
	info := db.Info()
	if format == "json" {
		return json.DBInfo(a.out, &info)
	}
	t := terminal.CatalogTable{
		Title: path, Columns: []string{"source", "kind", "date", "records"},
		Footer: fmt.Sprintf("%d records about %d packages, %d withdrawn, %d exploited, %d scored; built %s.", info.Records, info.Packages, info.Withdrawn, info.Exploited, info.Scored, info.Built),
	}
	for _, s := range info.Sources {
		t.Rows = append(t.Rows, []string{s.Name, string(s.Kind), s.Date, strconv.Itoa(s.Records)})
	}
	return terminal.Table(a.out, t, terminalOptions(a.out, 0))
}

// openDB opens an index; what is wrong with it is told.
func (a *app) openDB(path string) (*vulndb.DB, error) {
	db, err := vulndb.Open(path)
	if err != nil {
		return nil, a.badDB(path, err)
	}
	return db, nil
}

func (a *app) badDB(path string, err error) error {
	if told := a.tell(diag.List{vulndb.Diagnose(path, err)}); told != nil {
		return told
	}
	return usagef("%s cannot be used", path)
}

// loadDB opens the index of --db, or packs the sources that were given into one that goes with the run; nil when there
// are none.
func (a *app) loadDB(index string, f *dbFlags, diags *diag.List) (db *vulndb.DB, done func(), err error) {
	inputs := f.inputs(nil)
	switch {
	case index != "" && len(inputs) > 0:
		return nil, nil, usagef("--db is a packed index: give the other sources to `onus db build`")
	case index != "":
		db, err = a.openDB(index)
		return db, func() {}, err
	case len(inputs) == 0:
		return nil, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "onus-db-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a place for the index: %w", err)
	}
	done = func() { _ = os.RemoveAll(dir) }
	path := filepath.Join(dir, "index")
	if _, err := vulndb.Build(context.Background(), path, inputs, vulndb.BuildOptions{}, diags); err != nil {
		done()
		if errors.Is(err, vulndb.ErrNothing) {
			return nil, nil, usageError{err}
		}
		return nil, nil, fmt.Errorf("pack the vulnerability data: %w", err)
	}
	db, err = a.openDB(path)
	if err != nil {
		done()
	}
	return db, done, err
}

func (a *app) dbUpdateCommand() *cobra.Command {
	var from []string
	var dir string
	cmd := &cobra.Command{
		Use:   "update --from URL --dir DIR",
		Short: "Download a source of vulnerability data; nothing else in onus downloads anything",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(from) == 0 || dir == "" || len(args) > 0 {
				return usagef("db update needs --from URL, which may be repeated, and --dir DIR to put the files into")
			}
			return a.runDBUpdate(from, dir)
		},
	}
	cmd.Flags().StringArrayVar(&from, "from", nil, "address of a source, https:// or http://; repeatable")
	cmd.Flags().StringVar(&dir, "dir", "", "directory that the files go into")
	return cmd
}

func (a *app) runDBUpdate(from []string, dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usageError{err}
	}
	for _, address := range from {
		got, err := vulndb.Update(ctx, nil, address, dir, vulndb.MaxDownload)
		if errors.Is(err, vulndb.ErrAddress) {
			return usageError{err}
		}
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.out, "%s: %d bytes\n", got.Path, got.Bytes); err != nil {
			return fmt.Errorf("print what was downloaded: %w", err)
		}
	}
	return nil
}
