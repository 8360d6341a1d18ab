package schema

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/stack"
)

// outputs are the schemas that are made from the Go types of an output: the file, and the type at its root.
var outputs = map[string]struct{ pkg, typ, title string }{
	"map":            {"allocation", "Result", "The document of `onus map -f json`"},
	"compare":        {"report/json", "comparison", "The document of `onus compare -f json`"},
	"move":           {"report/json", "relocation", "The document of `onus move -f json`"},
	"effort":         {"effort", "Answer", "The document of `onus effort -f json`"},
	"check":          {"check", "Result", "The document of `onus check -f json`"},
	"diff":           {"change", "Result", "The document of `onus diff -f json`"},
	"teams":          {"report/json", "teams", "The document of `onus teams -f json`"},
	"host":           {"host", "Document", "The document of `onus host -f json`, which `onus check --evidence` reads"},
	"who":            {"vuln", "Result", "The document of `onus who -f json`"},
	"triage":         {"triage", "Result", "The document of `onus triage -f json`"},
	"catalog-export": {"report/reference", "Document", "The document of `onus catalog export -f json`"},
}

// packages are the packages whose types may occur, by the name that code gives them.
var packages = map[string]string{
	"allocation": "allocation", "report": "report", "json": "report/json", "reference": "report/reference", "stack": "stack", "vuln": "vuln", "triage": "triage",
	"check": "check", "change": "change", "governance": "governance", "catalog": "catalog", "proof": "proof",
	"effort": "effort", "onusmove": "move", "host": "host",
}

// TestOutputSchemasAreFresh holds the schemas of the outputs against the Go types. It is not parallel, so that it has
// rewritten them before others read them.
func TestOutputSchemasAreFresh(t *testing.T) {
	for name, out := range outputs {
		g := &generator{t: t, defs: map[string]any{}, from: map[string]string{}, files: map[string][]*ast.File{}}
		root := g.named(out.pkg, out.typ)
		doc := map[string]any{
			"$schema": "https://json-schema.org/draft/2020-12/schema",
			"$id":     "https://raw.githubusercontent.com/onus-dev/onus/main/schema/" + name + ".json",
			"title":   out.title, "$defs": g.defs, "$ref": root["$ref"],
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(doc); err != nil {
			t.Fatal(err)
		}
		file := name + ".json"
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b.String(), string(got)); diff != "" {
			t.Errorf("%s is stale, run go test ./schema -update (-types +file):\n%s", file, diff)
		}
	}
}

// generator turns Go types into schemas, with their comments as descriptions.
type generator struct {
	t    *testing.T
	defs map[string]any
	// from is the package of each definition.
	from  map[string]string
	files map[string][]*ast.File
}

func (g *generator) parse(pkg string) []*ast.File {
	if files, ok := g.files[pkg]; ok {
		return files
	}
	names, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pkg), "*.go"))
	if err != nil || len(names) == 0 {
		g.t.Fatalf("no files in %s: %v", pkg, err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			g.t.Fatal(err)
		}
		files = append(files, f)
	}
	g.files[pkg] = files
	return files
}

// named makes the definition of a named type, once, and gives the reference to it.
func (g *generator) named(pkg, typ string) map[string]any {
	name := strings.ToLower(typ[:1]) + typ[1:]
	if pkg == "stack" && (typ == "Duty" || typ == "Layer") {
		name += "Name" // the outputs have types of the same names, which hold more
	}
	if from, done := g.from[name]; done && from != pkg {
		name = path.Base(pkg) + typ
	}
	ref := map[string]any{"$ref": "#/$defs/" + name}
	if from, done := g.from[name]; done {
		if from != pkg {
			g.t.Fatalf("%s is a type of %s and of %s", name, from, pkg)
		}
		return ref
	}
	g.from[name] = pkg // a type that holds itself ends here
	spec, text := g.find(pkg, typ)
	def := g.schemaOf(pkg, spec.Type)
	if values := g.constants(pkg, typ); len(values) > 0 {
		def = map[string]any{"enum": values}
	}
	describe(def, text)
	g.defs[name] = def
	return ref
}

func (g *generator) find(pkg, typ string) (*ast.TypeSpec, string) {
	for _, f := range g.parse(pkg) {
		for _, d := range f.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, s := range gen.Specs {
				if spec := s.(*ast.TypeSpec); spec.Name.Name == typ {
					return spec, gen.Doc.Text() + spec.Doc.Text()
				}
			}
		}
	}
	g.t.Fatalf("no type %s in %s", typ, pkg)
	return nil, ""
}

// constants lists the values of a type, in their order: those of the stack itself, or its string constants.
func (g *generator) constants(pkg, typ string) []any {
	var values []any
	switch typ {
	case "Layer":
		if pkg == "stack" {
			for _, l := range stack.Layers() {
				values = append(values, string(l.Layer))
			}
			return values
		}
	case "Class":
		values = append(values, "") // of a workload whose hosting nothing tells
	case "Duty":
		if pkg == "stack" {
			for _, d := range stack.Duties() {
				values = append(values, string(d))
			}
			return values
		}
	}
	for _, f := range g.parse(pkg) {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			id, ok := spec.Type.(*ast.Ident)
			lit, isLit := spec.Values[0].(*ast.BasicLit)
			if ok && isLit && id.Name == typ && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					values = append(values, s)
				}
			}
			return true
		})
	}
	return values
}

func (g *generator) schemaOf(pkg string, e ast.Expr) map[string]any {
	switch t := e.(type) {
	case *ast.StarExpr:
		return g.schemaOf(pkg, t.X)
	case *ast.ArrayType:
		return map[string]any{"type": "array", "items": g.schemaOf(pkg, t.Elt)}
	case *ast.MapType:
		out := map[string]any{"type": "object", "additionalProperties": g.schemaOf(pkg, t.Value)}
		if key := g.schemaOf(pkg, t.Key); key["$ref"] != nil {
			out["propertyNames"] = key
		}
		return out
	case *ast.SelectorExpr:
		return g.named(packages[t.X.(*ast.Ident).Name], t.Sel.Name)
	case *ast.StructType:
		return g.object(pkg, t)
	case *ast.Ident:
		switch t.Name {
		case "string":
			return map[string]any{"type": "string"}
		case "float64":
			return map[string]any{"type": "number"}
		case "int":
			return map[string]any{"type": "integer"}
		case "bool":
			return map[string]any{"type": "boolean"}
		}
		return g.named(pkg, t.Name)
	}
	g.t.Fatalf("type %T has no schema", e)
	return nil
}

func (g *generator) object(pkg string, s *ast.StructType) map[string]any {
	properties, required := map[string]any{}, []any{}
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 && f.Tag == nil { // embedded: its fields are the object's own
			from, typ := pkg, ""
			switch t := f.Type.(type) {
			case *ast.SelectorExpr:
				from, typ = packages[t.X.(*ast.Ident).Name], t.Sel.Name
			case *ast.Ident:
				typ = t.Name
			}
			inner := g.object(from, g.structOf(from, typ))
			maps.Copy(properties, inner["properties"].(map[string]any))
			required = append(required, inner["required"].([]any)...)
			continue
		}
		if f.Tag == nil {
			continue // not exported
		}
		raw, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			g.t.Fatal(err)
		}
		name, opts, _ := strings.Cut(reflect.StructTag(raw).Get("json"), ",")
		p := g.schemaOf(pkg, f.Type)
		if _, pointer := f.Type.(*ast.StarExpr); pointer && opts == "" {
			p = map[string]any{"anyOf": []any{p, map[string]any{"type": "null"}}}
		}
		if text := f.Doc.Text(); text != "" {
			describe(p, text)
		}
		properties[name] = p
		if opts == "" && !slices.Contains(required, any(name)) {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

func (g *generator) structOf(pkg, typ string) *ast.StructType {
	spec, _ := g.find(pkg, typ)
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		g.t.Fatalf("%s is embedded in %s and is no struct", typ, pkg)
	}
	return s
}

// describe puts a Go comment on one line.
func describe(def map[string]any, text string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	var p comment.Parser
	pr := comment.Printer{TextWidth: -1}
	def["description"] = strings.TrimSpace(strings.ReplaceAll(string(pr.Text(p.Parse(text))), "\n", " "))
}
