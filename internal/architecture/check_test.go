package architecture

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Bounds on size, in lines.
const (
	maxFunction = 100
	maxFile     = 700
)

// sourceFile is one parsed Go file.
type sourceFile struct {
	// name and dir are slash-separated and relative to the module; dir is "." at its top.
	name, dir string
	test      bool
	fset      *token.FileSet
	syntax    *ast.File
}

// parseModule parses every Go file below the top of a module, tests too, in order of their names. Directories that the
// go command leaves out (testdata, names that begin with "." or "_") are left out.
func parseModule(module fs.FS) ([]sourceFile, error) {
	var files []sourceFile
	err := fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if name != "." && (base == "testdata" || base[0] == '.' || base[0] == '_') {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(base) != ".go" {
			return nil
		}
		src, err := fs.ReadFile(module, name)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		syntax, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		files = append(files, sourceFile{name, path.Dir(name), strings.HasSuffix(base, "_test.go"), fset, syntax})
		return nil
	})
	return files, err
}

// checkFloors returns one line for every import that goes up or stays level, and for every package without a floor.
// modulePath is the module's path, "example.com/onus".
func checkFloors(files []sourceFile, modulePath string) []string {
	var problems []string
	for _, f := range files {
		if f.test || isFree(f.dir) {
			continue
		}
		own, ok := floorOf(f.dir)
		if !ok {
			problems = append(problems, fmt.Sprintf("%s: package %s has no floor; give it one in map_test.go", f.name, f.dir))
			continue
		}
		for _, spec := range f.syntax.Imports {
			if why := badImport(f.dir, own, importedDir(spec, modulePath)); why != "" {
				problems = append(problems, fmt.Sprintf("%s: %s", f.fset.Position(spec.Pos()), why))
			}
		}
	}
	return problems
}

// importedDir is the directory of an imported package of the module, and empty for any other package.
func importedDir(spec *ast.ImportSpec, modulePath string) string {
	target, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return ""
	}
	if target == modulePath {
		return "."
	}
	dir, ok := strings.CutPrefix(target, modulePath+"/")
	if !ok {
		return ""
	}
	return dir
}

// badImport says what is wrong with an import, or nothing. An empty target lies outside the module.
func badImport(dir string, own int, target string) string {
	if target == "" {
		return ""
	}
	if isFree(target) {
		return fmt.Sprintf("%s imports %s, which only tests may import", dir, target)
	}
	floor, ok := floorOf(target)
	switch {
	case !ok:
		return fmt.Sprintf("%s imports %s, which has no floor", dir, target)
	case floor >= own:
		return fmt.Sprintf("%s (floor %d) imports %s (floor %d): only lower floors may be imported", dir, own, target, floor)
	}
	return ""
}

// checkNames returns one line for every package with a name that says nothing.
func checkNames(files []sourceFile) []string {
	var problems []string
	for _, f := range files {
		for _, part := range append(strings.Split(f.dir, "/"), f.syntax.Name.Name) {
			if forbiddenNames[part] {
				problems = append(problems, fmt.Sprintf("%s: a package named %q says nothing about what is in it", f.name, part))
				break
			}
		}
	}
	return problems
}

// checkInit returns one line for every init function outside tests: what happens before main is hidden from a reader.
func checkInit(files []sourceFile) []string {
	var problems []string
	for _, f := range files {
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if ok && !f.test && fn.Recv == nil && fn.Name.Name == "init" {
				problems = append(problems, fmt.Sprintf("%s: func init is not used here", f.fset.Position(fn.Pos())))
			}
		}
	}
	return problems
}

// checkSizes returns one line for every function and file outside tests that is too long.
func checkSizes(files []sourceFile) []string {
	var problems []string
	for _, f := range files {
		if f.test {
			continue
		}
		if n := f.fset.Position(f.syntax.FileEnd).Line; n > maxFile {
			problems = append(problems, fmt.Sprintf("%s: %d lines, at most %d are allowed", f.name, n, maxFile))
		}
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			at := f.fset.Position(fn.Pos())
			if n := f.fset.Position(fn.End()).Line - at.Line + 1; n > maxFunction {
				problems = append(problems, fmt.Sprintf("%s: %s has %d lines, at most %d are allowed", at, fn.Name.Name, n, maxFunction))
			}
		}
	}
	return problems
}

// checkComments returns one line for every package without a package comment outside its tests.
func checkComments(files []sourceFile) []string {
	documented := map[string]bool{}
	for _, f := range files {
		if f.test {
			continue
		}
		documented[f.dir] = documented[f.dir] || f.syntax.Doc != nil
	}
	var problems []string
	for dir, ok := range documented {
		if !ok {
			problems = append(problems, fmt.Sprintf("%s: the package has no package comment", dir))
		}
	}
	slices.Sort(problems)
	return problems
}
