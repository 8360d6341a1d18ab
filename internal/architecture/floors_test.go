package architecture

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const modulePath = "github.com/onus-dev/onus"

// parsed parses this module once for all tests.
var parsed = sync.OnceValues(func() ([]sourceFile, error) {
	return parseModule(os.DirFS(filepath.Join("..", "..")))
})

// TestModule holds the whole module to the rules.
func TestModule(t *testing.T) {
	t.Parallel()
	files, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]func([]sourceFile) []string{
		"imports go to lower floors":    floorsOf(modulePath),
		"names say something":           checkNames,
		"no init":                       checkInit,
		"short functions and files":     checkSizes,
		"every package explains itself": checkComments,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, problem := range rule(files) {
				t.Error(problem)
			}
		})
	}
}

func floorsOf(module string) func([]sourceFile) []string {
	return func(files []sourceFile) []string { return checkFloors(files, module) }
}

// TestReadsTheModule guards TestModule against passing because it looked at nothing.
func TestReadsTheModule(t *testing.T) {
	t.Parallel()
	files, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	imports := 0
	for _, f := range files {
		seen[f.dir] = true
		for _, spec := range f.syntax.Imports {
			if importedDir(spec, modulePath) != "" {
				imports++
			}
		}
	}
	for _, dir := range []string{"diag", "inventory", "source/terraform", "workload", "report/terminal", "internal/architecture"} {
		if !seen[dir] {
			t.Errorf("no file of %s was read", dir)
		}
	}
	if imports < 50 {
		t.Errorf("%d imports inside the module were read, which cannot be all of them", imports)
	}
	gomod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(gomod), "module "+modulePath+"\n") {
		t.Errorf("go.mod does not declare %s", modulePath)
	}
}

// TestRulesCatch shows each rule a small module that breaks it, and its lawful twin.
func TestRulesCatch(t *testing.T) {
	t.Parallel()
	lines := func(n int) string { return strings.Repeat("\n", n) }
	tests := map[string]struct {
		rule func([]sourceFile) []string
		file map[string]string
		want []string
	}{
		"import of a lower floor": {floorsOf("m"), map[string]string{
			"workload/a.go": `package workload; import _ "m/diag"`,
		}, nil},
		"import of a package elsewhere": {floorsOf("m"), map[string]string{
			"diag/a.go": "package diag; import (\n_ \"fmt\"\n_ \"mm/report\"\n)",
		}, nil},
		"import of a higher floor": {floorsOf("m"), map[string]string{
			"diag/a.go": "package diag\nimport _ \"m/report\"",
		}, []string{"diag/a.go:2:8: diag (floor 0) imports report (floor 60): only lower floors may be imported"}},
		"import of the same floor": {floorsOf("m"), map[string]string{
			"workload/a.go": `package workload; import _ "m/catalog"`,
		}, []string{"workload/a.go:1:26: workload (floor 30) imports catalog (floor 30): only lower floors may be imported"}},
		"a reader imports the walk above it": {floorsOf("m"), map[string]string{
			"source/terraform/a.go": `package terraform; import _ "m/source"`,
		}, []string{"source/terraform/a.go:1:27: source/terraform (floor 20) imports source (floor 25): only lower floors may be imported"}},
		"the walk imports a reader": {floorsOf("m"), map[string]string{
			"source/a.go": `package source; import _ "m/source/terraform"`,
		}, nil},
		"a test may import anything": {floorsOf("m"), map[string]string{
			"diag/a_test.go": `package diag; import _ "m/report"`,
		}, nil},
		"a package without a floor": {floorsOf("m"), map[string]string{
			"novel/a.go": `package novel`,
		}, []string{"novel/a.go: package novel has no floor; give it one in map_test.go"}},
		"import of a package without a floor": {floorsOf("m"), map[string]string{
			"report/a.go": `package report; import _ "m/novel"`,
		}, []string{"report/a.go:1:24: report imports novel, which has no floor"}},
		"import of the module's top": {floorsOf("m"), map[string]string{
			"report/a.go": `package report; import _ "m"`,
		}, []string{"report/a.go:1:24: report imports ., which has no floor"}},
		"import of test support": {floorsOf("m"), map[string]string{
			"report/html/a.go": `package html; import _ "m/report/reporttest"`,
		}, []string{"report/html/a.go:1:22: report/html imports report/reporttest, which only tests may import"}},
		"import of internal": {floorsOf("m"), map[string]string{
			"cmd/onus/a.go": `package main; import _ "m/internal/architecture"`,
		}, []string{"cmd/onus/a.go:1:22: cmd/onus imports internal/architecture, which only tests may import"}},
		"testdata is not read": {floorsOf("m"), map[string]string{
			"diag/testdata/a.go": `package diag; import _ "m/report"`,
		}, nil},

		"a name by its directory": {checkNames, map[string]string{
			"report/util/a.go": `package words`,
		}, []string{`report/util/a.go: a package named "util" says nothing about what is in it`}},
		"a name by its clause": {checkNames, map[string]string{
			"report/a.go": `package helpers`,
		}, []string{`report/a.go: a package named "helpers" says nothing about what is in it`}},
		"a name that only contains one": {checkNames, map[string]string{
			"commons/a.go": `package commons`,
		}, nil},

		"init": {checkInit, map[string]string{
			"diag/a.go": "package diag\nfunc init() {}",
		}, []string{"diag/a.go:2:1: func init is not used here"}},
		"a method of that name": {checkInit, map[string]string{
			"diag/a.go": "package diag\ntype t struct{}\nfunc (t) init() {}",
		}, nil},

		"function at the bound": {checkSizes, map[string]string{
			"diag/a.go": "package diag\nfunc f() {" + lines(maxFunction-1) + "}",
		}, nil},
		"function over the bound": {checkSizes, map[string]string{
			"diag/a.go": "package diag\nfunc f() {" + lines(maxFunction) + "}",
		}, []string{"diag/a.go:2:1: f has 101 lines, at most 100 are allowed"}},
		"file at the bound": {checkSizes, map[string]string{
			"diag/a.go": "package diag" + lines(maxFile-1) + "//",
		}, nil},
		"file over the bound": {checkSizes, map[string]string{
			"diag/a.go": "package diag" + lines(maxFile) + "//",
		}, []string{"diag/a.go: 701 lines, at most 700 are allowed"}},

		"no package comment": {checkComments, map[string]string{
			"diag/a.go": "package diag", "diag/a_test.go": "// Package diag is explained in the wrong place.\npackage diag",
		}, []string{"diag: the package has no package comment"}},
		"package comment in one file": {checkComments, map[string]string{
			"diag/a.go": "package diag", "diag/b.go": "// Package diag is explained.\npackage diag",
		}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			module := fstest.MapFS{}
			for name, src := range test.file {
				module[name] = &fstest.MapFile{Data: []byte(src)}
			}
			files, err := parseModule(module)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, test.rule(files)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBrokenFile: a file that does not parse is an error with its place, not a file that is passed over.
func TestBrokenFile(t *testing.T) {
	t.Parallel()
	_, err := parseModule(fstest.MapFS{"diag/a.go": &fstest.MapFile{Data: []byte("package diag\nfunc {")}})
	if err == nil || !strings.Contains(err.Error(), "diag/a.go:2:") {
		t.Errorf("got error %v, want one at diag/a.go:2", err)
	}
}

// TestMapIsConsistent: a package has a floor or none, not both.
func TestMapIsConsistent(t *testing.T) {
	t.Parallel()
	for dir := range floors {
		if isFree(dir) {
			t.Errorf("%s has a floor and is also named as having none", dir)
		}
	}
}
