// Package check says for each duty that the customer holds whether the infrastructure shows it met.
//
// A check is data (aws/*.yaml, docs/check-format.md): the duty that it helps to close, the type of resource that it
// judges, a condition in CEL for when it applies and one for when the duty is met, what to do otherwise, and
// configurations before and after that run as its tests. It goes in four stages:
//
//	set.go, read.go ──▶ a Set: the checks by the type that they judge; a file is parsed when its first type occurs
//	run.go, judge.go ──▶ each check on each resource, in three values, with the properties that it rests on
//	duty.go          ──▶ the verdict of each duty of each workload, from its checks
//	result.go        ──▶ what reports render: workloads as in `onus map` with verdicts, and findings, each once
//
// A duty of AWS is inherited: nothing is checked, and that is no pass. Where it is not known whose duty it is, a check
// that is not met leaves the duty undetermined. A duty is met only by a check that says so; what no file can prove is
// marked so in the data and waits for a person's attestation.
//
// Data flow: allocated workloads, their parts and evidence in; a Result out.
package check

import (
	"bufio"
	"cmp"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/parallel"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/vocabulary"
)

//go:embed aws/*.yaml
var embedded embed.FS

// Options of Load.
type Options struct {
	// Dirs hold files of checks that add to the embedded ones, or replace a check by its id.
	Dirs []string
	// Types is the vocabulary that conditions are typed by.
	Types *vocabulary.Types
	// Tables returns the dated tables of a service of the catalog; nil when there is no such service.
	Tables func(service string) map[string]expr.Table
}

// Set is every check. It is safe for concurrent use.
type Set struct {
	opts     Options
	compiler *expr.Compiler

	files []*file
	// replaced holds the ids that a user's file declares anew.
	replaced map[string]bool

	mu    sync.Mutex // guards what follows
	diags diag.List
	envs  map[string]*expr.Env
}

// file is one file of checks: its index at once, its content when it is needed.
type file struct {
	path string
	// name is the embedded file, text the content of a user's.
	name, text string
	user       bool
	index      index
	// full is all of the content, which user files are read as at once. Of an embedded file a run reads less: lean are the
	// checks of a type without fixes and examples, which only tests and explanations need; marks are the duties that it
	// marks. Each is parsed once, when it is first needed.
	full, marks parsedOnce
	lean        map[string]*parsedOnce
}

// parsedOnce is a content that the first who asks parses.
type parsedOnce struct {
	once    sync.Once
	content *content
}

// content is a parsed file.
type content struct {
	checks     []*Check
	statements []Statement
}

// maxFiles bounds the files of one directory of checks.
const maxFiles = 500

// Load indexes the embedded checks and reads the user's. The diagnostics are faults of the user's files.
func Load(opts Options) (*Set, diag.List) {
	s := &Set{opts: opts, compiler: expr.New(opts.Types), envs: map[string]*expr.Env{}, replaced: map[string]bool{}}
	var diags diag.List
	names, err := fs.Glob(embedded, "aws/*.yaml")
	if err != nil {
		diags.Errorf(diag.Range{}, "Checks not found", "%v.", err)
	}
	lines := bufio.NewReaderSize(nil, maxLine)
	for _, name := range names {
		f, err := embeddedFile(name, lines)
		if err != nil {
			diags.Errorf(diag.Range{Path: name}, "Checks not read", "%v.", err)
			continue
		}
		s.files = append(s.files, f)
	}
	for _, dir := range opts.Dirs {
		s.loadDir(dir, &diags)
	}
	return s, diags
}

func embeddedFile(name string, lines *bufio.Reader) (*file, error) {
	r, err := embedded.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	f := &file{path: "check/" + name, name: name, lean: map[string]*parsedOnce{}}
	lines.Reset(r)
	f.index, err = scan(lines)
	for _, typ := range f.index.types() {
		f.lean[typ] = &parsedOnce{}
	}
	return f, err
}

// loadDir reads the *.yaml files of a user's directory at once, so that their faults are told.
func (s *Set) loadDir(dir string, diags *diag.List) {
	at := diag.Range{Path: filepath.ToSlash(dir)}
	root, err := os.OpenRoot(dir)
	if err != nil {
		diags.Errorf(at, "Directory of checks not readable", "%v. Expected a directory with YAML files of checks.", err)
		return
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), "*.yaml")
	if err != nil || len(names) == 0 {
		diags.Warnf(at, "Directory without checks", "No *.yaml file lies in it.")
	}
	for i, name := range names {
		path := filepath.ToSlash(filepath.Join(dir, name))
		if i == maxFiles {
			diags.Skipf(at, "Too many files of checks", "Only the first %d are read.", maxFiles)
			return
		}
		text, err := rulefile.ReadBounded(root, name)
		if err != nil {
			diags.Skipf(diag.Range{Path: path}, "Checks not read", "%v.", err)
			continue
		}
		f := &file{path: path, text: text, user: true}
		s.files = append(s.files, f)
		for _, c := range s.whole(f).checks {
			s.replaced[c.ID] = true
			s.program(c)
		}
	}
	*diags, s.diags = append(*diags, s.diags...), nil
}

// load parses the checks of a file that judge a type.
func (s *Set) load(f *file, typ string) []*Check {
	if f.user {
		return slices.DeleteFunc(slices.Clone(s.whole(f).checks), func(c *Check) bool { return c.On.Type != typ })
	}
	if into := f.lean[typ]; into != nil {
		return s.parse(f, into, func(r io.ReaderAt) (string, error) { return f.index.only(r, typ) }).checks
	}
	return nil
}

// whole parses all of a file.
func (s *Set) whole(f *file) *content {
	return s.parse(f, &f.full, func(io.ReaderAt) (string, error) {
		data, err := embedded.ReadFile(f.name)
		return string(data), err
	})
}

// statements parses the duties that a file marks.
func (s *Set) statements(f *file) []Statement {
	switch {
	case f.user:
		return s.whole(f).statements
	case f.index.marks.to == 0:
		return nil
	}
	return s.parse(f, &f.marks, f.index.onlyMarks).statements
}

// parse fills one of a file's contents, of an embedded file from what cut takes of it.
func (s *Set) parse(f *file, into *parsedOnce, cut func(io.ReaderAt) (string, error)) *content {
	into.once.Do(func() {
		text := f.text
		var diags diag.List
		if !f.user {
			var err error
			if text, err = cutOf(f.name, cut); err != nil {
				diags.Errorf(diag.Range{Path: f.path}, "Checks not read", "%v.", err)
			}
		}
		var faults diag.List
		into.content, faults = parse(f.path, text, s.opts.Tables)
		s.tell(append(diags, faults...))
	})
	return into.content
}

// cutOf opens an embedded file and cuts.
func cutOf(name string, cut func(io.ReaderAt) (string, error)) (string, error) {
	r, err := embedded.Open(name)
	if err != nil {
		return "", err
	}
	defer r.Close()
	at, ok := r.(io.ReaderAt)
	if !ok {
		return "", fmt.Errorf("%s: not a file", name)
	}
	return cut(at)
}

func (s *Set) tell(diags diag.List) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.diags = append(s.diags, diags...)
}

// For returns the checks that judge a type, in the order of their ids.
func (s *Set) For(typ string) []*Check {
	var out []*Check
	for _, f := range s.files {
		for _, c := range s.load(f, typ) {
			if f.user || !s.replaced[c.ID] {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(a, b *Check) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// All parses every file and returns every check in the order of ids.
func (s *Set) All() []*Check {
	var out []*Check
	for _, f := range s.files {
		for _, c := range s.whole(f).checks {
			if f.user || !s.replaced[c.ID] {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(a, b *Check) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Find returns the check of an id.
func (s *Set) Find(id string) (*Check, bool) {
	for _, c := range s.All() {
		if c.ID == id {
			return c, true
		}
	}
	return nil, false
}

// FixesOf returns the configurations before and after of a check; nil when there is no such check.
func (s *Set) FixesOf(id string) []Fix {
	if c, ok := s.Find(id); ok {
		return c.Fixes
	}
	return nil
}

// Statements returns the duties that no file can prove.
func (s *Set) Statements() []Statement {
	var out []Statement
	for _, f := range s.files {
		out = append(out, s.statements(f)...)
	}
	slices.SortStableFunc(out, func(a, b Statement) int { return cmp.Compare(a.Duty, b.Duty) })
	return out
}

// program is a check ready to run.
type program struct {
	when, met *expr.Program
	// reads are the properties that the conditions may read, paths those that explain them.
	reads, whenPaths, metPaths []expr.Path
	types                      map[string]string
}

// program compiles a check once; nil when a condition has faults.
func (s *Set) program(c *Check) *program {
	c.ready.once.Do(func() { c.ready.program = s.compile(c) })
	return c.ready.program
}

// ready is a check's program once someone has asked for it.
type ready struct {
	once    sync.Once
	program *program
}

func (s *Set) compile(c *Check) *program {
	p := &program{types: map[string]string{c.On.Role: c.On.Type}}
	for _, u := range c.Uses {
		p.types[u.Role] = u.Type
	}
	env := s.env(p.types, c.Tables)
	var faults diag.List
	add := func(src expr.Source) (*expr.Program, []expr.Path) {
		compiled, diags := env.Compile(src)
		faults = append(faults, diags...)
		if compiled == nil {
			return nil, nil
		}
		p.reads = append(p.reads, compiled.Reads()...)
		return compiled, compiled.Paths()
	}
	if c.When != "" {
		p.when, p.whenPaths = add(c.when)
	}
	if p.met, p.metPaths = add(c.met); len(faults) > 0 {
		s.tell(faults)
		return nil
	}
	return p
}

// env shares one environment between checks that speak of the same parts.
func (s *Set) env(types map[string]string, tables map[string]expr.Table) *expr.Env {
	var key strings.Builder
	for _, u := range uses(types) {
		key.WriteString(u.Role + "=" + u.Type + " ")
	}
	key.WriteString(strings.Join(slices.Sorted(maps.Keys(tables)), " "))
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.envs[key.String()]; ok && len(tables) == 0 {
		return e
	}
	e := s.compiler.Env(expr.Declarations{Parts: types, Tables: tables})
	s.envs[key.String()] = e
	return e
}

// Warm parses what every run needs, whatever it judges. It may go on while the input is read.
func (s *Set) Warm() {
	s.Statements()
	evidence.JudgedTypes()
}

// Prepare parses and compiles the checks of types, several at a time. All of it happens without it too, when a check is
// first asked for; a small input waits for nothing longer.
func (s *Set) Prepare(types []string) {
	var mu sync.Mutex
	var needed []*Check
	parallel.Each(types, func(typ string) {
		checks := s.For(typ)
		mu.Lock()
		defer mu.Unlock()
		needed = append(needed, checks...)
	})
	parallel.Each(needed, func(c *Check) { s.program(c) })
}

func typesIn(inv *inventory.Inventory) map[string]bool {
	types := map[string]bool{}
	for _, r := range inv.Resources {
		types[r.Type] = true
	}
	return types
}

// Compile compiles every check and returns what is wrong with the files.
func (s *Set) Compile() diag.List {
	for _, c := range s.All() {
		s.program(c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.diags.Sorted()
}

// uses returns a check's parts by role in order.
func uses(types map[string]string) []Use {
	var out []Use
	for _, role := range slices.Sorted(maps.Keys(types)) {
		out = append(out, Use{role, types[role]})
	}
	return out
}

// String names a check with its place, for messages.
func (c *Check) String() string { return fmt.Sprintf("%s (%s)", c.ID, c.At) }
