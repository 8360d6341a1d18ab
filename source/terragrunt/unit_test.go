package terragrunt

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/terraform"
	"github.com/onus-dev/onus/vocabulary"
)

// queue is a module of one queue whose name and size come from variables.
const queue = `
variable "name" { type = string }
variable "delay" {
  type    = number
  default = 7
}
resource "aws_sqs_queue" "q" {
  name          = var.name
  delay_seconds = var.delay
}
`

// files is a tree by path.
type files map[string]string

func (f files) write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range f {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// readUnit reads one unit of a tree; names in what it returns are relative to the tree.
func readUnit(t testing.TB, f files, unit string, opts Options) (text string, inv *inventory.Inventory, ok bool) {
	t.Helper()
	dir := f.write(t)
	tree, err := rootfs.Open(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Close() })
	for source, to := range opts.Terraform.Modules {
		opts.Terraform.Modules[source] = filepath.Join(dir, to)
	}
	inv, _, ok = Read(tree, terraform.NewLoader(tree, vocabulary.Load()), filepath.ToSlash(filepath.Join(dir, unit)), opts)
	return strings.ReplaceAll(dump(inv), filepath.ToSlash(dir)+"/", ""), inv, ok
}

// TestUnit reads small trees with u/terragrunt.hcl and looks for what must and must not show.
func TestUnit(t *testing.T) {
	t.Parallel()
	cases := map[string]unitCase{}
	for _, group := range []map[string]unitCase{sourceCases(), brokenCases(), inputCases(), fileCases(), functionCases()} {
		maps.Copy(cases, group)
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, ok := readUnit(t, c.files, "u/terragrunt.hcl", c.opts)
			if name == "paths of an included file" {
				got, _, ok = readUnit(t, c.files, "a/u/terragrunt.hcl", c.opts)
			}
			if ok == c.noUnit {
				t.Errorf("a unit: %v", ok)
			}
			for _, w := range c.want {
				if !strings.Contains(got, w) {
					t.Errorf("lacks %q:\n%s", w, got)
				}
			}
			for _, w := range c.not {
				if strings.Contains(got, w) {
					t.Errorf("has %q:\n%s", w, got)
				}
			}
		})
	}
}

// TestManyFiles reads a unit whose configurations read on and on: each bound is named.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	chain := files{"q/main.tf": queue, "u/terragrunt.hcl": "terraform { source = \"../q\" }\ninputs = { name = read_terragrunt_config(\"../c0.hcl\").locals.x }"}
	for i := range 40 {
		chain[fmt.Sprintf("c%d.hcl", i)] = fmt.Sprintf(`locals { x = read_terragrunt_config("c%d.hcl").locals.x }`, i+1)
	}
	if got, _, _ := readUnit(t, chain, "u/terragrunt.hcl", Options{}); !strings.Contains(got, "read_terragrunt_config nests over 16 deep") {
		t.Errorf("the depth is not bounded:\n%s", got)
	}
	wide := files{"q/main.tf": queue}
	var b strings.Builder
	for i := range maxFiles + 20 {
		wide[fmt.Sprintf("w%d.hcl", i)] = `locals { x = 1 }`
		fmt.Fprintf(&b, "  l%d = read_terragrunt_config(\"../w%d.hcl\").locals.x\n", i, i)
	}
	wide["u/terragrunt.hcl"] = "terraform { source = \"../q\" }\nlocals {\n" + b.String() + "}\ninputs = { name = jsonencode(local) }"
	got, _, _ := readUnit(t, wide, "u/terragrunt.hcl", Options{})
	if n := strings.Count(got, "Too many files"); n != 1 || !strings.Contains(got, "QueueName: (unknown)") {
		t.Errorf("the bound on files is told %d times:\n%.2000s", n, got)
	}
	long := files{"q/main.tf": queue}
	b.Reset()
	for i := range 1000 {
		fmt.Fprintf(&b, "  l%d = local.l%d\n", i, i+1)
	}
	long["u/terragrunt.hcl"] = "terraform { source = \"../q\" }\nlocals {\n" + b.String() + "  l1000 = 1\n}\ninputs = { name = local.l0 }"
	if got, _, _ := readUnit(t, long, "u/terragrunt.hcl", Options{}); !strings.Contains(got, "references nest too deeply") {
		t.Errorf("the depth of references is not bounded:\n%s", got)
	}
}

// TestCommandsAreNotRun gives a command that would leave a trace.
func TestCommandsAreNotRun(t *testing.T) {
	t.Parallel()
	trace := filepath.Join(t.TempDir(), "trace")
	f := files{"q/main.tf": queue, "u/terragrunt.hcl": fmt.Sprintf("terraform { source = \"../q\" }\ninputs = { name = run_cmd(\"touch\", %q) }", trace)}
	got, _, _ := readUnit(t, f, "u/terragrunt.hcl", Options{})
	if _, err := os.Stat(trace); err == nil || !strings.Contains(got, "needs run_cmd() (is known only to a run)") {
		t.Errorf("err %v\n%s", err, got)
	}
}

// TestScopes reads two units of one module: the same address stands in two scopes, and each has its own values.
func TestScopes(t *testing.T) {
	t.Parallel()
	inv, _ := readTree(t, "testdata/estate", Options{})
	launch := map[string]string{}
	for _, r := range inv.Resources {
		if r.Address == "aws_ecs_service.this" {
			launch[r.Scope], _ = r.Get("LaunchType").Text()
		}
	}
	if len(launch) != 2 || launch["testdata/estate/live/prod/eu-west-1/orders"] != "EC2" || launch["testdata/estate/live/staging/eu-west-1/orders"] != "FARGATE" {
		t.Errorf("got %v", launch)
	}
}

// TestStackBounds reads a stack that is its own source.
func TestStackBounds(t *testing.T) {
	t.Parallel()
	f := files{"s/terragrunt.stack.hcl": "stack \"a\" {\n  source = \".\"\n  path = \"a\"\n}\nstack \"b\" {\n  source = \".\"\n  path = \"b\"\n}\nunit \"none\" {\n  path = \"x\"\n}"}
	got, _, _ := readUnit(t, f, "s/terragrunt.stack.hcl", Options{})
	for _, w := range []string{"error: Stacks nest too deeply", "at most 8 are followed", "unit.none names no source"} {
		if !strings.Contains(got, w) {
			t.Errorf("lacks %q:\n%.3000s", w, got)
		}
	}
}

// TestAutoinclude reads a stack that lays configuration over a unit: what the unit says may be replaced by it.
func TestAutoinclude(t *testing.T) {
	t.Parallel()
	f := files{
		"s/terragrunt.stack.hcl": "unit \"a\" {\n  source = \"../u\"\n  path = \"a\"\n  autoinclude {\n    inputs = { delay = 1 }\n  }\n}",
		"u/terragrunt.hcl":       `inputs = { name = "a" }`, "u/main.tf": queue,
	}
	got, _, _ := readUnit(t, f, "s/terragrunt.stack.hcl", Options{})
	for _, w := range []string{"s/terragrunt.stack.hcl:4:3: warning: Block not read", "QueueName: a", "assumes unit.a.autoinclude (may set it, but was not read)"} {
		if !strings.Contains(got, w) {
			t.Errorf("lacks %q:\n%s", w, got)
		}
	}
}

// TestIsUnit tells the names of units.
func TestIsUnit(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"terragrunt.hcl": true, "a/terragrunt.hcl.json": true, "terragrunt.stack.hcl": true,
		"root.hcl": false, "terragrunt.values.hcl": false, "main.tf": false,
	} {
		if IsUnit(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

// FuzzRead feeds a unit and a file that it includes to the reader: no input may make it panic or hang.
func FuzzRead(f *testing.F) {
	seeds, _ := filepath.Glob("testdata/*/*/*/*/*/terragrunt.hcl*")
	root, _ := os.ReadFile("testdata/estate/root.hcl")
	for _, s := range seeds {
		if data, err := os.ReadFile(s); err == nil {
			f.Add(data, root, strings.HasSuffix(s, ".json"))
		}
	}
	f.Add([]byte(`include { path = "../root.hcl" }`), []byte(`inputs = deep_merge({ a = [1] }, { a = null }, null)`), false)
	f.Add([]byte(`{"include": {"path": "../root.hcl"}, "inputs": {"a": "${local}"}, "locals": [{"a": 1}]}`), []byte(``), true)
	f.Add([]byte(`inputs = { for k, v in include : k => dependency[k] }`), []byte(`locals { a = include }`), false)
	types := vocabulary.Load()
	f.Fuzz(func(t *testing.T, unit, root []byte, asJSON bool) {
		name := unitFile
		if asJSON {
			name = unitFileJSON
		}
		dir := files{"u/" + name: string(unit), "root.hcl": string(root), "u/main.tf": queue}.write(t)
		tree, err := rootfs.Open(dir, dir)
		if err != nil {
			t.Fatal(err)
		}
		defer tree.Close()
		Read(tree, terraform.NewLoader(tree, types), filepath.ToSlash(filepath.Join(dir, "u", name)), Options{})
	})
}

// FuzzStack feeds a stack file to the reader.
func FuzzStack(f *testing.F) {
	for _, s := range []string{"testdata/stack/live/terragrunt.stack.hcl", "testdata/stack/catalog/stacks/data/terragrunt.stack.hcl"} {
		if data, err := os.ReadFile(s); err == nil {
			f.Add(data)
		}
	}
	types := vocabulary.Load()
	f.Fuzz(func(t *testing.T, stack []byte) {
		dir := files{"u/terragrunt.hcl": `inputs = values`, "u/main.tf": queue, "s/terragrunt.stack.hcl": string(stack)}.write(t)
		tree, err := rootfs.Open(dir, dir)
		if err != nil {
			t.Fatal(err)
		}
		defer tree.Close()
		Read(tree, terraform.NewLoader(tree, types), filepath.ToSlash(filepath.Join(dir, "s", stackFile)), Options{})
	})
}

// BenchmarkRead reads a unit with two includes and four configurations.
func BenchmarkRead(b *testing.B) {
	tree, err := rootfs.Open("testdata/estate", "testdata/estate")
	if err != nil {
		b.Fatal(err)
	}
	defer tree.Close()
	loader := terraform.NewLoader(tree, vocabulary.Load())
	for b.Loop() {
		if _, _, ok := Read(tree, loader, "testdata/estate/live/prod/eu-west-1/orders/terragrunt.hcl", Options{}); !ok {
			b.Fatal("not a unit")
		}
	}
}
