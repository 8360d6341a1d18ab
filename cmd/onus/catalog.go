package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/report/reference"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
)

// catalogFlags are the options of every `onus catalog` command.
type catalogFlags struct {
	dirs  []string
	width int
}

func (a *app) catalogCommand() *cobra.Command {
	f := &catalogFlags{}
	cmd := &cobra.Command{
		Use: "catalog", Short: "Browse, check, extend and export the model",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q for %q; `onus catalog --help` lists them", args[0], cmd.CommandPath())
			}
			return cmd.Help()
		},
	}
	cmd.PersistentFlags().StringArrayVar(&f.dirs, "catalog", nil, "directory of catalog files that add to or override the built-in ones; repeatable")
	cmd.PersistentFlags().IntVar(&f.width, "width", 0, "columns of output (default: the terminal's, at most 120)")
	list := &cobra.Command{Use: "list", Short: "List the hostings", Args: noArgs, RunE: func(*cobra.Command, []string) error {
		cat, err := a.loadCatalog(f.dirs, vocabulary.Load())
		if err != nil {
			return err
		}
		return terminal.Table(a.out, listTable(cat), terminalOptions(a.out, f.width))
	}}
	show := &cobra.Command{
		Use: "show HOSTING", Short: "Show every row of a hosting",
		Args: oneArg("HOSTING; `onus catalog list` names them"),
		RunE: func(_ *cobra.Command, args []string) error { return a.show(args[0], f.dirs, f.width) },
	}
	lint := &cobra.Command{
		Use: "lint", Short: "Check the catalog: total, typed, cited, readable, no dead row, every row exercised by an example", Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.lint(f.dirs) },
	}
	cmd.AddCommand(list, show, lint, a.catalogNewCommand(f), a.catalogExportCommand(f), a.catalogDocsCommand(f))
	return cmd
}

func (a *app) catalogNewCommand(f *catalogFlags) *cobra.Command {
	var draft catalog.Draft
	var class, dir string
	cmd := &cobra.Command{
		Use: "new SERVICE", Short: "Write the beginning of a catalog file; lint then names what is missing",
		Args: oneArg("SERVICE: the id of the new service, which is also the name of its file"),
		RunE: func(_ *cobra.Command, args []string) error {
			draft.Service, draft.Class = args[0], stack.Class(class)
			return a.catalogNew(draft, f.dirs, dir)
		},
	}
	cmd.Flags().StringVar(&draft.Title, "title", "", "the service's name for people")
	cmd.Flags().StringVar(&draft.Inherits, "inherits", catalog.DefaultStack, "the stack that the hosting builds on")
	cmd.Flags().StringVar(&draft.Type, "type", "", "the CloudFormation type that makes a workload of the hosting")
	cmd.Flags().StringVar(&class, "class", string(stack.Managed), "non-managed, managed or serverless")
	cmd.Flags().StringVar(&dir, "dir", "", "write SERVICE.yaml into this directory (default: to standard output)")
	return cmd
}

func (a *app) catalogNew(draft catalog.Draft, dirs []string, dir string) error {
	cat, err := a.loadCatalog(dirs, vocabulary.Load())
	if err != nil {
		return err
	}
	text, err := cat.Scaffold(draft)
	if err != nil {
		return usageError{err}
	}
	if dir == "" {
		_, err := fmt.Fprint(a.out, text)
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usageError{err}
	}
	path := filepath.Join(dir, draft.Service+".yaml")
	// O_EXCL: what somebody has written there is not overwritten.
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return usageError{err}
	}
	if _, err := out.WriteString(text); err != nil {
		_ = out.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = fmt.Fprintf(a.out, "Wrote %s. `onus catalog lint --catalog %s` names what is missing.\n", path, dir)
	return err
}

func (a *app) catalogExportCommand(f *catalogFlags) *cobra.Command {
	format := "json"
	cmd := &cobra.Command{
		Use: "export", Short: "Write every hosting, duty and row with condition, party, reason, basis and citation", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if !slices.Contains(reference.Formats(), format) {
				return usagef("unknown format %q: expected one of %s", format, strings.Join(reference.Formats(), ", "))
			}
			cat, err := a.loadCatalog(f.dirs, vocabulary.Load())
			if err != nil {
				return err
			}
			return reference.Write(a.out, reference.Of(cat), format)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", format, strings.Join(reference.Formats(), ", "))
	return cmd
}

func (a *app) catalogDocsCommand(f *catalogFlags) *cobra.Command {
	var formats []string
	cmd := &cobra.Command{
		Use: "docs DIR", Short: "Write the model as pages to browse: an index, one page a service, a figure a hosting",
		Args: oneArg("DIR: the directory to write into"),
		RunE: func(_ *cobra.Command, args []string) error {
			opts := reference.SiteOptions{}
			for _, name := range formats {
				switch name {
				case "markdown":
					opts.Markdown = true
				case "html":
					opts.HTML = true
				default:
					return usagef("unknown format %q: expected markdown or html", name)
				}
			}
			return a.catalogDocs(args[0], f.dirs, opts)
		},
	}
	cmd.Flags().StringSliceVarP(&formats, "format", "f", []string{"markdown", "html"}, "markdown, html or both")
	return cmd
}

func (a *app) catalogDocs(dir string, dirs []string, opts reference.SiteOptions) error {
	cat, err := a.loadCatalog(dirs, vocabulary.Load())
	if err != nil {
		return err
	}
	files, err := reference.Site(reference.Of(cat), opts)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usageError{err}
	}
	root, err := os.OpenRoot(dir) // nothing is written outside DIR, whatever the ids of a user's catalog are
	if err != nil {
		return usageError{err}
	}
	defer root.Close()
	for _, file := range files {
		if err := writeFile(root, file); err != nil {
			return fmt.Errorf("write %s: %w", filepath.Join(dir, file.Path), err)
		}
	}
	_, err = fmt.Fprintf(a.out, "Wrote %d files into %s.\n", len(files), dir)
	return err
}

func writeFile(root *os.Root, file reference.File) error {
	if err := root.MkdirAll(filepath.Dir(file.Path), 0o755); err != nil {
		return err
	}
	out, err := root.Create(file.Path)
	if err != nil {
		return err
	}
	if _, err := out.Write(file.Content); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

// oneArg asks for exactly one argument.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("%s needs one %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments", cmd.CommandPath())
	}
	return nil
}

func listTable(cat *catalog.Catalog) terminal.CatalogTable {
	t := terminal.CatalogTable{Title: "Hostings", Columns: []string{"hosting", "class", "what it is"}}
	for _, h := range cat.Hostings() {
		t.Rows = append(t.Rows, []string{h.ID, string(h.Class), h.Title})
	}
	e := cat.Edition()
	t.Title += ", catalog " + e.Version + ", valid from " + e.ValidFrom
	t.Footer = "`onus explain HOSTING` draws a stack; `onus catalog show HOSTING` lists its rows."
	return t
}

func (a *app) show(id string, dirs []string, width int) error {
	cat, err := a.loadCatalog(dirs, vocabulary.Load())
	if err != nil {
		return err
	}
	h, ok := cat.Hosting(id)
	if !ok {
		return usagef("there is no hosting %q%s", id, suggestion(id, cat))
	}
	t := terminal.CatalogTable{Title: h.Title + " (" + h.ID + ")", Columns: []string{"duty", "condition", "party", "basis", "from"}}
	for _, d := range stack.Duties() {
		for _, r := range h.Rows(d) {
			t.Rows = append(t.Rows, []string{string(d), r.When, string(r.Party), string(r.Basis), r.Owner + " " + r.At.String()})
		}
	}
	t.Footer = "Builds on: " + strings.Join(slices.Concat(h.Inherits, []string{h.ID}), ", ")
	return terminal.Table(a.out, t, terminalOptions(a.out, width))
}

// lint checks the whole catalog; faults are usage errors.
func (a *app) lint(dirs []string) error {
	cat, _ := catalog.Load(catalog.Options{Dirs: dirs})
	diags := cat.Lint()
	if err := a.tell(diags); err != nil {
		return err
	}
	if diags.HasErrors() {
		a.status = statusUsage
		return nil
	}
	return terminal.Table(a.out, terminal.CatalogTable{
		Title: "The catalog is clean", Columns: []string{"hostings", "services"},
		Rows: [][]string{{strconv.Itoa(len(cat.HostingIDs())), strconv.Itoa(len(cat.Services()))}},
	}, terminalOptions(a.out, 0))
}
