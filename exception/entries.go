package exception

import (
	"errors"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/glob"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/rulefile"
)

// The files of entries, below a repository's root or a given path.
const (
	IgnoreFile = ".onusignore.yaml"
	AttestDir  = "attest"
)

const (
	// maxEntries is how many entries one file may hold, maxAttestFiles how many files an attest directory.
	maxEntries     = 5000
	maxAttestFiles = 1000
)

// selector says what an entry of a file is for. Everything that is set must fit.
type selector struct {
	// base is the absolute directory that the entry holds below. Empty for what is tied to resources by its place.
	base                       string
	address, workload, hosting string
	path                       string
	compiled                   glob.Path
}

// fields are the keys that select, for Fields.
func (s *selector) fields(r *rulefile.Reader) map[string]func(*yaml.Node) {
	return map[string]func(*yaml.Node){
		"address": r.Text(&s.address, "address"), "path": r.Text(&s.path, "path"), "workload": r.Text(&s.workload, "workload"),
	}
}

// ready checks and compiles a selector.
func (s *selector) ready(r *rulefile.Reader, n *yaml.Node, keys string) bool {
	if s.address+s.path+s.workload+s.hosting == "" {
		r.Errorf(n, "Entry for nothing", "It selects nothing, so it does not count. Expected one of %s; \"*\" selects all.", keys)
		return false
	}
	var err error
	if s.path != "" {
		if s.compiled, err = glob.Compile(s.path); err != nil {
			r.Errorf(n, "Path not understood", "%v. A path is written as in .gitignore, relative to the repository or the path that the file stands in.", err)
		}
	}
	return err == nil
}

// oneOrMany reads a text or a list of texts.
func oneOrMany(r *rulefile.Reader, into *[]string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind == yaml.SequenceNode {
			r.Strings(into, what)(n)
			return
		}
		var one string
		if r.Text(&one, what)(n); one != "" {
			*into = append(*into, one)
		}
	}
}

// entryFile reads a file that is a list of entries under one key.
func entryFile(r *rulefile.Reader, list string, visit func(*yaml.Node)) {
	if strings.TrimSpace(r.Content) == "" {
		return
	}
	root := r.Root()
	if root == nil {
		return
	}
	count := 0
	r.Fields(root, "The file", map[string]func(*yaml.Node){list: func(n *yaml.Node) {
		r.Items(n, list, func(item *yaml.Node) {
			if count++; count <= maxEntries {
				visit(item)
			}
		})
	}})
	if count > maxEntries {
		r.Errorf(root, "Too many entries", "The file has %d entries; at most %d are read.", count, maxEntries)
	}
}

// parseIgnore reads the text of an .onusignore.yaml.
func (j *judge) parseIgnore(name, base, text string) []*Acceptance {
	var out []*Acceptance
	r := &rulefile.Reader{Path: name, Content: text, What: "exceptions", Begins: "exceptions"}
	entryFile(r, "exceptions", func(n *yaml.Node) {
		s, sel, before := statement{at: r.At(n)}, selector{base: base}, len(r.Diags)
		fields := sel.fields(r)
		fields["duty"], fields["check"] = oneOrMany(r, &s.targets, "duty"), oneOrMany(r, &s.targets, "check")
		fields["owner"], fields["until"], fields["reason"] = r.Text(&s.owner, "owner"), r.Text(&s.until, "until"), r.Text(&s.reason, "reason")
		r.Fields(n, "An exception", fields)
		if len(r.Diags) > before || !sel.ready(r, n, "address, path and workload") {
			return
		}
		if a := j.accept(s, "file"); a != nil {
			a.selector = sel
			out = append(out, a)
		}
	})
	*j.diags = append(*j.diags, r.Diags...)
	return out
}

// parseAttest reads the text of a file of attestations.
func (j *judge) parseAttest(name, base, text string) []*Attestation {
	var out []*Attestation
	r := &rulefile.Reader{Path: name, Content: text, What: "attestations", Begins: "attestations"}
	entryFile(r, "attestations", func(n *yaml.Node) {
		a, before := &Attestation{At: r.At(n), selector: selector{base: base}}, len(r.Diags)
		var date, until string
		fields := a.fields(r)
		fields["hosting"] = r.Text(&a.hosting, "hosting")
		fields["duty"] = oneOrMany(r, &a.Targets, "duty")
		fields["statement"], fields["by"], fields["role"] = r.Text(&a.Statement, "statement"), r.Text(&a.By, "by"), r.Text(&a.Role, "role")
		fields["evidence"], fields["date"], fields["until"] = r.Text(&a.Evidence, "evidence"), r.Text(&date, "date"), r.Text(&until, "until")
		r.Fields(n, "An attestation", fields)
		if len(r.Diags) > before || !a.ready(r, n, "workload, address, path and hosting") || !j.attest(a, date, until) {
			return
		}
		out = append(out, a)
	})
	*j.diags = append(*j.diags, r.Diags...)
	return out
}

// attest checks what an attestation says.
func (j *judge) attest(a *Attestation, date, until string) bool {
	a.Statement, a.By, a.Role, a.Evidence = clean(a.Statement), clean(a.By), clean(a.Role), strings.TrimSpace(a.Evidence)
	var missing []string
	for _, f := range []struct{ name, text string }{{"statement", a.Statement}, {"by", a.By}, {"date", date}, {"until", until}, {"evidence", a.Evidence}} {
		if f.text == "" {
			missing = append(missing, f.name)
		}
	}
	if len(missing) > 0 {
		j.diags.Errorf(a.At, "Attestation incomplete", "It has no %s, so it does not count. Expected statement, by (a person), date, until and evidence (an address or a file).", strings.Join(missing, " and no "))
		return false
	}
	if !j.targets(a.Targets, a.At, "Attestation", false) {
		return false
	}
	var ok, okUntil bool
	a.Date, ok = j.day(date, a.At, "Attestation", "date")
	a.Until, okUntil = j.day(until, a.At, "Attestation", "until")
	if !ok || !okUntil {
		return false
	}
	a.expired, a.early = a.Until.Before(j.asOf), a.Date.After(j.asOf)
	switch {
	case a.Until.Before(a.Date):
		j.diags.Errorf(a.At, "Attestation with a wrong date", "It ends on %s, before its date, so it does not count.", until)
		return false
	case a.early:
		j.diags.Warnf(a.At, "Attestation of the future", "It is dated %s, so it does not count before that day.", date)
	case a.Until.After(j.asOf.AddDate(farYears, 0, 0)):
		j.diags.Warnf(a.At, "Attestation lasts long", "It holds until %s, over %d years ahead. Give a day by which somebody looks again.", until, farYears)
	}
	return true
}

// loading reads the entry files of one tree.
type loading struct {
	*judge
	set  *Set
	seen map[string]bool
}

// path looks at the boundary of a given path and at the path itself. A path that cannot be opened is told by package source.
func (l *loading) path(given, boundary string) {
	tree, err := rootfs.Open(given, boundary)
	if err != nil {
		return
	}
	defer tree.Close()
	l.set.absolute = tree.Absolute // the same for every tree: relative names start from the working directory
	dirs := []string{tree.Boundary()}
	if own := tree.Given(); tree.IsDir(own) {
		dirs = append(dirs, own)
	}
	for _, dir := range dirs {
		abs := tree.Absolute(dir)
		if l.seen[abs] {
			continue
		}
		l.seen[abs] = true
		if text, ok := l.read(tree, tree.Join(dir, IgnoreFile)); ok {
			entries := l.parseIgnore(tree.Join(dir, IgnoreFile), abs, text)
			l.set.entries, l.set.accepted = append(l.set.entries, entries...), append(l.set.accepted, entries...)
		}
		l.attestations(tree, dir, abs)
	}
}

func (l *loading) attestations(tree *rootfs.Tree, dir, abs string) {
	folder := tree.Join(dir, AttestDir)
	if !tree.IsDir(folder) {
		return
	}
	entries, err := tree.ReadDir(folder)
	if err != nil {
		l.diags.Skipf(diag.Range{Path: folder}, "Attestations not read", "%v", err)
		return
	}
	count := 0
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		name := tree.Join(folder, e.Name())
		if count++; count > maxAttestFiles {
			l.diags.Errorf(diag.Range{Path: name}, "Too many attestations", "The directory has more than %d files; the rest was left out.", maxAttestFiles)
			return
		}
		if text, ok := l.read(tree, name); ok {
			for _, a := range l.parseAttest(name, abs, text) {
				if l.evidence(tree, dir, folder, a) {
					l.set.attestations = append(l.set.attestations, a)
				}
			}
		}
	}
}

func (l *loading) read(tree *rootfs.Tree, name string) (string, bool) {
	data, err := tree.ReadFile(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.diags.Errorf(diag.Range{Path: name}, "File not read", "%v", err)
		}
		return "", false
	}
	return string(data), true
}

// evidence looks for evidence that is a file, beside the attestation or from the directory that holds attest. A statement
// whose evidence is not there does not count.
func (l *loading) evidence(tree *rootfs.Tree, dir, folder string, a *Attestation) bool {
	if u, err := url.Parse(a.Evidence); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		return true
	}
	for _, from := range []string{dir, folder} {
		name := tree.Join(from, a.Evidence)
		if _, err := tree.Stat(name); err == nil {
			a.Evidence = name
			return true
		}
	}
	l.diags.Errorf(a.At, "Evidence not found", "%q is no address and no file from %s, so the attestation does not count. Give an address (https://…) or the path of a file.", diag.Clip(a.Evidence, 80), dir)
	return false
}
