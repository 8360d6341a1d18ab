// Package expr compiles and evaluates the conditions of the catalog. A condition is CEL over the parts of a workload,
// typed by the vocabulary, and its answer has three values: true, false and unknown.
//
// A misspelt property or a comparison of two types is a diagnostic at its place in the YAML. At run time nothing is
// copied: a part stays an inventory.Value and each property that a condition touches is read where it lies.
//
// The rules that differ from plain CEL, all of them made so that a catalog row needs no guards:
//
//   - A property that is not set is null, and everything below null is null. A list or map that is not set is empty.
//   - A missing key of a map and an index past the end of a list give null.
//   - null equals only null. startsWith, endsWith, contains, matches, <, <=, > and >= are false when a side is null.
//   - An unknown property makes the answer unknown unless the rest decides it (false && unknown is false).
//   - A value that does not fit its declared type ("abc" for a number) counts as unknown.
//   - has() and bare booleans are refused at compile time: a condition compares, so that "not set" is never overlooked.
//
// Data flow: the catalog declares an Env per hosting and compiles its rows; Program.Eval answers for one workload;
// Program.Paths names what the answer rests on.
package expr

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/containers"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// The bounds of one condition.
const (
	// costLimit bounds one evaluation in CEL's cost units, about one a step.
	costLimit = 200_000
	// maxNodes and maxText bound a condition's size.
	maxNodes = 500
	maxText  = 4000
	// maxNesting bounds how deep it is nested.
	maxNesting = 50
)

// Truth is the answer of a condition.
type Truth uint8

// The answers. Unknown is also the zero value, so that nothing is ever decided by omission.
const (
	Unknown Truth = iota
	False
	True
)

// String returns "true", "false" or "unknown".
func (t Truth) String() string { return [...]string{"unknown", "false", "true"}[t] }

// Compiler makes environments that share one standard library. It is safe for concurrent use, and costs nothing until
// the first condition is compiled.
type Compiler struct {
	schema *schema
	mu     sync.Mutex
	base   *standard
}

// standard is what every environment has: the standard library, its types, and a parser of its syntax. CEL's usual parser
// is made from a grammar, and learning it takes the longest part of a short run; it is kept for its messages.
type standard struct {
	env    *cel.Env
	types  *checker.Env
	parser *parser.Parser
}

// New returns a compiler whose part types come from the given vocabulary.
func New(vocab *vocabulary.Types) *Compiler {
	return &Compiler{schema: newSchema(vocab)}
}

// Table is a dated table: a name to a date.
type Table map[string]time.Time

// Declarations say which names a condition may use, beside asOf.
type Declarations struct {
	// Parts maps a role to a type of the vocabulary: "function" to "AWS::Lambda::Function". A type that begins with Many
	// stands for a list of parts of the type: "[]AWS::EC2::SecurityGroup".
	Parts map[string]string
	// Tables maps a name to a dated table.
	Tables map[string]Table
}

// Many before the type of a part makes it a list of such parts.
const Many = "[]"

// variableType is the CEL type of a part.
func variableType(typ string) *cel.Type {
	if one, ok := strings.CutPrefix(typ, Many); ok {
		return cel.ListType(cel.ObjectType(one))
	}
	return cel.ObjectType(typ)
}

// Env compiles conditions over one set of names. It is safe for concurrent use.
type Env struct {
	compiler *Compiler
	decl     Declarations
	tables   map[string]*mapping
	standard *standard
	types    *checker.Env
	err      error
	once     sync.Once
}

// Env declares an environment. Nothing is built before the first Compile.
func (c *Compiler) Env(decl Declarations) *Env { return &Env{compiler: c, decl: decl} }

// Names returns every name that a condition may start with, in order.
func (e *Env) Names() []string {
	names := slices.Collect(maps.Keys(e.decl.Parts))
	names = slices.AppendSeq(names, maps.Keys(e.decl.Tables))
	names = append(names, asOfName)
	slices.Sort(names)
	return names
}

const asOfName = "asOf"

func (e *Env) build() {
	if e.standard, e.err = e.compiler.standard(); e.err != nil {
		return
	}
	names := []*decls.VariableDecl{decls.NewVariable(asOfName, cel.TimestampType)}
	for _, role := range slices.Sorted(maps.Keys(e.decl.Parts)) {
		names = append(names, decls.NewVariable(role, variableType(e.decl.Parts[role])))
	}
	e.tables = make(map[string]*mapping, len(e.decl.Tables))
	for _, name := range slices.Sorted(maps.Keys(e.decl.Tables)) {
		names = append(names, decls.NewVariable(name, cel.MapType(cel.StringType, cel.TimestampType)))
		e.tables[name] = tableMapping(e.decl.Tables[name])
	}
	if e.types, e.err = e.compiler.newTypes(checker.ValidatedDeclarations(e.standard.types)); e.err == nil {
		e.err = e.types.AddIdents(names...)
	}
}

func (c *Compiler) newTypes(opts ...checker.Option) (*checker.Env, error) {
	return checker.NewEnv(containers.DefaultContainer, c.schema, append(opts, checker.CrossTypeNumericComparisons(true))...)
}

// standard builds the standard library with the vocabulary's types once. The compiler's lock is held by the caller.
func (c *Compiler) standard() (*standard, error) {
	if c.base != nil {
		return c.base, nil
	}
	s, err := c.newStandard()
	if err != nil {
		return nil, fmt.Errorf("start the condition language: %w", err)
	}
	c.base = s
	return s, nil
}

func (c *Compiler) newStandard() (*standard, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	c.schema.Provider = registry
	s := &standard{}
	s.env, err = cel.NewEnv(
		cel.CustomTypeProvider(c.schema),
		cel.CustomTypeAdapter(registry),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.ParserRecursionLimit(maxNesting),
		cel.Function(unsetFunc, cel.Overload("onus_unset", []*cel.Type{cel.DynType}, cel.BoolType, cel.UnaryBinding(unset), cel.OverloadIsNonStrict())),
		cel.Function(setFunc, cel.Overload("onus_set", []*cel.Type{cel.DynType}, cel.BoolType, cel.UnaryBinding(isSet), cel.OverloadIsNonStrict())),
	)
	if err != nil {
		return nil, err
	}
	s.parser, err = parser.NewParser(parser.EnablePrattParser(true), parser.Macros(s.env.Macros()...), parser.MaxRecursionDepth(maxNesting))
	if err != nil {
		return nil, err
	}
	if s.types, err = c.newTypes(); err != nil {
		return nil, err
	}
	if err := s.types.AddIdents(s.env.Variables()...); err != nil {
		return nil, err
	}
	functions := s.env.Functions()
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		if err := s.types.AddFunctions(functions[name]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Program is one compiled condition. It is safe for concurrent use.
type Program struct {
	env   *Env
	prg   cel.Program
	tree  *ast.AST
	reads []Path
	paths []Path
}

// Compile checks a condition and makes it ready to run. When it has faults the program is nil and each fault is a
// diagnostic at its place.
func (e *Env) Compile(src Source) (*Program, diag.List) {
	f := faults{src: src, env: e}
	if err := e.ready(); err != nil {
		f.add(1, 0, "Conditions cannot be compiled", err.Error())
		return nil, f.diags
	}
	if len(src.Text) > maxText {
		f.add(1, 0, "Condition too long", fmt.Sprintf("A condition has at most %d characters.", maxText))
		return nil, f.diags
	}
	masked := masks(e.Names())
	text := common.NewTextSource(mask(src.Text, masked))
	tree, errs := e.standard.parser.Parse(text)
	if len(errs.GetErrors()) > 0 {
		f.notParsed(e.standard.env, text, errs)
		return nil, f.diags
	}
	unmask(tree, masked)
	if f.syntax(tree); len(f.diags) > 0 {
		return nil, f.diags
	}
	tree, errs, misses := e.check(tree, text)
	if len(errs.GetErrors()) > 0 {
		f.issues(errs, misses)
		return nil, f.diags
	}
	if f.rules(tree); len(f.diags) > 0 {
		return nil, f.diags
	}
	prg, err := e.plan(tree)
	if err != nil {
		f.add(1, 0, "Condition not understood", err.Error())
		return nil, f.diags
	}
	reads := pathsOf(tree, e)
	return &Program{env: e, prg: prg, tree: tree, reads: reads, paths: longest(reads)}, nil
}

// ready builds the environment once; the standard library below it is shared.
func (e *Env) ready() error {
	e.compiler.mu.Lock()
	defer e.compiler.mu.Unlock()
	e.once.Do(e.build)
	return e.err
}

// check types a condition, one at a time, so that the fields it asks for in vain are its own.
func (e *Env) check(tree *ast.AST, text common.Source) (*ast.AST, *common.Errors, []miss) {
	e.compiler.mu.Lock()
	defer e.compiler.mu.Unlock()
	e.compiler.schema.misses = nil
	checked, errs := checker.Check(tree, text, e.types)
	return checked, errs, e.compiler.schema.misses
}

// plan makes a checked condition ready to run. Its names are resolved by the activation, so that the standard environment
// serves all.
func (e *Env) plan(tree *ast.AST) (cel.Program, error) {
	return e.standard.env.PlanProgram(tree, cel.CostLimit(costLimit), cel.CustomDecoratorV2(decorate))
}

// Inputs are what a condition is evaluated on.
type Inputs struct {
	// Part returns the properties of the part in a role: a Map, Null when the part is absent, Unknown when it could
	// not be read; for a list of parts, a List of these.
	Part func(role string) inventory.Value
	// AsOf is the date that everything dated is judged by. The zero time is unknown.
	AsOf time.Time
}

// Eval answers the condition. An error means that the condition cannot be evaluated on these values (a condition that
// divides by zero, or that goes over the cost limit); the answer is Unknown then, never False.
func (p *Program) Eval(in Inputs) (Truth, error) {
	out, _, err := p.prg.Eval(&activation{env: p.env, in: in})
	if err != nil {
		return Unknown, fmt.Errorf("evaluate the condition: %w", err)
	}
	switch v := out.(type) {
	case types.Bool:
		if v {
			return True, nil
		}
		return False, nil
	case *types.Unknown:
		return Unknown, nil
	}
	return Unknown, fmt.Errorf("evaluate the condition: it gave %v instead of true or false", out)
}

// Paths returns the properties that explain the condition, in order of appearance, each once. A property that is read
// only on the way to a longer path is left out.
func (p *Program) Paths() []Path { return p.paths }

// Reads returns every property that the condition may read: two workloads with equal values at these paths (Path.At)
// get the same answer.
func (p *Program) Reads() []Path { return p.reads }

// activation resolves the names of a condition.
type activation struct {
	env *Env
	in  Inputs
}

// ResolveName implements cel.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	if typ, ok := a.env.decl.Parts[name]; ok {
		return a.env.compiler.schema.part(typ, a.in.Part(name)), true
	}
	if t, ok := a.env.tables[name]; ok {
		return t, true
	}
	if name == asOfName {
		if a.in.AsOf.IsZero() {
			return unknown(), true
		}
		return types.Timestamp{Time: a.in.AsOf}, true
	}
	return nil, false
}

// Parent implements cel.Activation.
func (a *activation) Parent() cel.Activation { return nil }
