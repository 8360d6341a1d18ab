// Package catalog is the shared responsibility model as data: for every hosting and every duty, who holds it under
// which condition, why, and by which page.
//
// One YAML file describes one service (docs/catalog-format.md); the files under aws/ are embedded. Load only indexes
// them: a file is parsed when a hosting of it is first asked for, and a condition is compiled when it is first
// evaluated, so that explaining one hosting touches one or two files and no condition at all. The files of Options.Dirs
// are read, checked and compiled at once.
//
// Data flow: allocation asks for a Hosting and calls Decide for each duty; `onus explain` and `onus catalog` read the
// same Hosting; Lint proves that the model is total, cited and exercised by its own examples.
package catalog

import (
	"bufio"
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/parallel"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/vocabulary"
)

//go:embed aws/*.yaml
var embedded embed.FS

// baseService is the file whose citations are visible in every other file.
const baseService = "base"

// Options tell Load what to read beside the embedded files.
type Options struct {
	// Dirs are directories whose *.yaml files add services, or replace the embedded file of the same name. A later
	// directory wins over an earlier one.
	Dirs []string
	// Types is the vocabulary of the conditions; nil loads it.
	Types *vocabulary.Types
	// Embedded replaces the embedded files: a file system whose *.yaml files lie at its root. Tests use it.
	Embedded fs.FS
	// WithoutExamples leaves out the examples of the embedded files, which tests read and answers do not need.
	WithoutExamples bool
}

// Catalog answers for services, hostings and stacks. It is safe for concurrent use.
type Catalog struct {
	vocab    *vocabulary.Types
	compiler *expr.Compiler
	files    map[string]*file
	// owners finds the file that declares a stack or hosting.
	owners map[string]*file
	// hostings are the ids of all hostings in order; roots maps a root type to its hosting.
	hostings []string
	roots    map[string]string

	mu       sync.Mutex
	resolved map[string]*Hosting
}

// file is one catalog file and what is known of it: always its index, its content once asked for.
type file struct {
	service, path string
	// text is the content of a user's file; of an embedded one it is read from fs when it is first needed.
	text, name string
	fs         fs.FS
	lean       bool
	// user marks a file from Options.Dirs.
	user  bool
	index index

	once    sync.Once
	content *Service
	specs   map[string]*spec
	diags   diag.List
}

// load parses the file once; the content is nil when the file is no YAML.
func (f *file) load() *Service {
	f.once.Do(func() {
		f.specs = map[string]*spec{}
		text := f.text
		if f.fs != nil {
			data, err := fs.ReadFile(f.fs, f.name)
			if err != nil {
				f.diags.Errorf(diag.Range{Path: f.path}, "Embedded catalog not readable", "%v.", err)
				return
			}
			if text = string(data); f.lean {
				text = rulefile.WithoutKeys(text, "examples")
			}
		}
		f.content, f.diags = parse(f.path, text)
		if f.content == nil {
			return
		}
		for _, sp := range slices.Concat(f.content.stacks, f.content.hostings) {
			if _, twice := f.specs[sp.id]; !twice {
				f.specs[sp.id] = sp
			}
		}
	})
	return f.content
}

// Load indexes the embedded files and reads those of opts.Dirs. What is wrong with the latter is in the diagnostics;
// the embedded files are checked by Lint, which the tests run.
func Load(opts Options) (*Catalog, diag.List) {
	c := &Catalog{
		vocab: opts.Types, files: map[string]*file{}, owners: map[string]*file{},
		roots: map[string]string{}, resolved: map[string]*Hosting{},
	}
	if c.vocab == nil {
		c.vocab = vocabulary.Load()
	}
	c.compiler = expr.New(c.vocab)
	var diags diag.List
	c.loadEmbedded(opts, &diags)
	for _, dir := range opts.Dirs {
		c.loadDir(dir, &diags)
	}
	c.indexAll(&diags)
	for _, f := range c.sortedFiles() {
		if f.user {
			c.lintFile(f, &diags, newHits())
		}
	}
	return c, diags.Sorted()
}

func (c *Catalog) loadEmbedded(opts Options, diags *diag.List) {
	files, prefix := opts.Embedded, ""
	if files == nil {
		sub, err := fs.Sub(embedded, "aws")
		if err != nil {
			diags.Errorf(diag.Range{}, "Embedded catalog not readable", "%v.", err)
			return
		}
		files, prefix = sub, "catalog/aws/"
	}
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		diags.Errorf(diag.Range{}, "Embedded catalog not readable", "%v.", err)
		return
	}
	lines := bufio.NewReaderSize(nil, 64<<10)
	for _, name := range names {
		r, err := files.Open(name)
		if err != nil {
			diags.Errorf(diag.Range{Path: prefix + name}, "Embedded catalog not readable", "%v.", err)
			continue
		}
		lines.Reset(r)
		c.addFile(&file{path: prefix + name, name: name, fs: files, lean: opts.WithoutExamples, index: scan(lines)})
		r.Close()
	}
}

func (c *Catalog) addFile(f *file) {
	f.service = strings.TrimSuffix(base(f.path), ".yaml")
	if f.user {
		f.index = indexOf(f.load())
	}
	c.files[f.service] = f
}

// indexAll fills owners, hostings and roots from the files' indexes and reports what is declared twice.
func (c *Catalog) indexAll(diags *diag.List) {
	for _, f := range c.sortedFiles() {
		for _, id := range slices.Concat(f.index.stacks, f.index.hostings) {
			if other, taken := c.owners[id]; taken {
				diags.Errorf(diag.Range{Path: f.path}, "Id declared twice", "%q is declared in %s already.", rulefile.Clip(id), other.path)
				continue
			}
			c.owners[id] = f
		}
		c.hostings = append(c.hostings, f.index.hostings...)
		for _, r := range f.index.roots {
			if other, taken := c.roots[r.typ]; taken && other != r.hosting {
				diags.Errorf(diag.Range{Path: f.path}, "Root claimed twice", "%s makes a workload of %q already; it cannot make one of %q.", r.typ, other, r.hosting)
				continue
			}
			c.roots[r.typ] = r.hosting
		}
	}
	slices.Sort(c.hostings)
	c.hostings = slices.Compact(c.hostings)
}

func (c *Catalog) sortedFiles() []*file {
	out := make([]*file, 0, len(c.files))
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		out = append(out, c.files[name])
	}
	return out
}

// ServiceOf names the service of a hosting, without parsing anything; empty when there is no such hosting.
func (c *Catalog) ServiceOf(hosting string) string {
	if f := c.owners[hosting]; f != nil && slices.Contains(f.index.hostings, hosting) {
		return f.service
	}
	return ""
}

// HostingIDs returns the id of every hosting in order, without parsing anything.
func (c *Catalog) HostingIDs() []string { return slices.Clone(c.hostings) }

// Roots maps the type of each data or integration root to its hosting: "AWS::SQS::Queue" to "sqs".
func (c *Catalog) Roots() map[string]string { return maps.Clone(c.roots) }

// parseAll parses every file, several at a time: whoever wants the whole catalog waits for its YAML more than for
// anything else.
func (c *Catalog) parseAll() {
	parallel.Each(c.sortedFiles(), func(f *file) { f.load() })
}

// Compile parses every file and compiles every condition of every hosting. Nothing needs it that asks for single
// hostings, whose conditions are compiled when they are first evaluated; the diagnostics are what is wrong with them.
func (c *Catalog) Compile() diag.List {
	hostings := c.Hostings()
	parallel.Each(hostings, func(h *Hosting) { h.compile() })
	var diags diag.List
	for _, h := range hostings {
		diags = append(diags, h.compile()...)
	}
	return diags.Sorted()
}

// Prepare parses the files of hostings and compiles their conditions, several at a time. All of it happens without it too,
// when a hosting is first asked for; a small input waits for little else.
func (c *Catalog) Prepare(hostings []string) {
	var files []*file
	for _, id := range hostings {
		if f := c.owners[id]; f != nil && !slices.Contains(files, f) {
			files = append(files, f)
		}
	}
	parallel.Each(files, func(f *file) { f.load() })
	parallel.Each(hostings, func(id string) {
		if h, ok := c.Hosting(id); ok {
			h.compile()
		}
	})
}

// Hostings returns every hosting with what it inherits, in the order of their ids.
func (c *Catalog) Hostings() []*Hosting {
	c.parseAll()
	var out []*Hosting
	for _, id := range c.hostings {
		if h, ok := c.Hosting(id); ok {
			out = append(out, h)
		}
	}
	return out
}

// Hosting returns a hosting with all that it inherits.
func (c *Catalog) Hosting(id string) (*Hosting, bool) {
	h := c.resolve(id)
	if h == nil || h.stack {
		return nil, false
	}
	return h, true
}

// Stack returns a stack in the shape of a hosting. It need not be total.
func (c *Catalog) Stack(id string) (*Hosting, bool) {
	h := c.resolve(id)
	if h == nil || !h.stack {
		return nil, false
	}
	return h, true
}

// Services returns every service in the order of their ids.
func (c *Catalog) Services() []*Service {
	c.parseAll()
	var out []*Service
	for _, f := range c.sortedFiles() {
		if s := f.load(); s != nil {
			c.link(s)
			out = append(out, s)
		}
	}
	return out
}

// Service returns one service.
func (c *Catalog) Service(id string) (*Service, bool) {
	f, ok := c.files[id]
	if !ok {
		return nil, false
	}
	s := f.load()
	if s == nil {
		return nil, false
	}
	c.link(s)
	return s, true
}

// HostingIDs returns the ids of the service's hostings in the order of the file.
func (s *Service) HostingIDs() []string {
	out := make([]string, 0, len(s.hostings))
	for _, sp := range s.hostings {
		out = append(out, sp.id)
	}
	return out
}

// Edition tells one state of the model from another.
type Edition struct {
	// Version grows with every change of the catalog: 1.2.0. ValidFrom is the day from which its answers hold,
	// YYYY-MM-DD.
	Version, ValidFrom string
}

// Edition returns the edition that base.yaml states, without parsing anything. It does not tell whether the user's own
// files changed an answer.
func (c *Catalog) Edition() Edition {
	if f, ok := c.files[baseService]; ok {
		return f.index.edition
	}
	return Edition{}
}

// Types returns the vocabulary that the conditions are typed by.
func (c *Catalog) Types() *vocabulary.Types { return c.vocab }
