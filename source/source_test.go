package source

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/source/terraform"
	"github.com/onus-dev/onus/vocabulary"
)

const (
	queue = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Q: {Type: AWS::SQS::Queue}\n"
	role  = "resource \"aws_iam_role\" \"r\" {}\n"
)

func nest(to string) string {
	return queue + "  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: " + to + "}}\n"
}

// tree is a directory tree and the roots that are to be found in it.
type tree struct {
	files         map[string]string
	exclude, want []string
}

const (
	pod       = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n"
	overlay   = "resources: [../base]\n"
	base      = "resources: [pod.yaml]\n"
	state     = `{"version": 4, "terraform_version": "1.9.0", "resources": [{"mode": "managed", "type": "aws_iam_role", "name": "r", "provider": "p", "instances": [{"attributes": {"name": "x"}}]}]}`
	assembly  = `{"version": "36.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region", "properties": {"templateFile": "S.template.json"}}}}`
	queueJSON = `{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}`
	service   = "service: s\nprovider: {name: aws, runtime: python3.13}\nfunctions:\n  f: {handler: a.b}\nresources: ${file(extra.yml)}\n"
	extra     = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"
)

// moreRoots are the forms beside plain Terraform and CloudFormation.
var moreRoots = map[string]tree{
	"ignored files are not searched": {
		files: map[string]string{".gitignore": "build/\n*.gen.yaml\n!keep.gen.yaml\n", "build/a.yaml": queue, "b.gen.yaml": queue, "keep.gen.yaml": queue, "x/.gitignore": "*.yaml\n", "x/c.yaml": queue, "d.yaml": queue},
		want:  []string{"d.yaml", "keep.gen.yaml"},
	},
	"a root's own files are read although they are ignored": {
		files: map[string]string{".gitignore": "*.tfvars\nmain.tf\n", "a/main.tf": role},
		want:  []string{"a"},
	},
	"exclude": {
		files:   map[string]string{"a/x.yaml": queue, "test/y.yaml": queue, "b/test/z.yaml": queue, "c/main.tf": role},
		exclude: []string{"test", "c/"},
		want:    []string{"a/x.yaml"},
	},
	"an overlay and its base": {
		files: map[string]string{"base/kustomization.yaml": base, "base/pod.yaml": pod, "prod/kustomization.yaml": overlay, "dev/kustomization.yaml": overlay, "other.yaml": pod},
		want:  []string{"dev", "other.yaml", "prod"},
	},
	"a chart": {
		files: map[string]string{"c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n", "c/templates/p.yaml": pod, "c/charts/d/Chart.yaml": "apiVersion: v2\nname: d\nversion: 1.0.0\n", "c/infra/main.tf": role},
		want:  []string{"c", "c/infra"},
	},
	"an assembly, ignored as usual": {
		files: map[string]string{".gitignore": "cdk.out\n", "cdk.json": `{"app": "x"}`, "cdk.out/manifest.json": assembly, "cdk.out/S.template.json": queueJSON},
		want:  []string{"cdk.out"},
	},
	"a service and what it includes": {
		files: map[string]string{"serverless.yml": service, "extra.yml": extra, ".serverless/t.json": queueJSON},
		want:  []string{"serverless.yml"},
	},
	"units and their modules": {
		files: map[string]string{".git/HEAD": "", "modules/m/main.tf": role, "live/terragrunt.hcl": "terraform {\n  source = \"../modules//m\"\n}\n", "other/main.tf": role},
		want:  []string{"live", "other"},
	},
	"a state beside its configuration": {
		files: map[string]string{"a/main.tf": role, "a/terraform.tfstate": state},
		want:  []string{"a"},
	},
	"a state of its own": {
		files: map[string]string{"a/terraform.tfstate": state, "b/main.tf": "resource \"aws_sqs_queue\" \"q\" {}\n"},
		want:  []string{"a/terraform.tfstate", "b"},
	},
}

// TestRoots splits trees into roots: what others call or nest is none, a circle has one.
func TestRoots(t *testing.T) {
	t.Parallel()
	types := vocabulary.Load()
	cases := map[string]tree{
		"a root and its module":         {files: map[string]string{"a/main.tf": "module \"m\" { source = \"../m\" }\n", "m/main.tf": role}, want: []string{"a"}},
		"examples call the repository":  {files: map[string]string{"main.tf": role, "examples/x/main.tf": "module \"m\" { source = \"../..\" }\n"}, want: []string{""}},
		"modules in a circle":           {files: map[string]string{"a/main.tf": "module \"m\" { source = \"../b\" }\n", "b/main.tf": "module \"m\" { source = \"../a\" }\n"}, want: []string{"a"}},
		"installed Python packages":     {files: map[string]string{"code/boto/q.yaml": queue, "code/boto-1.2.dist-info/METADATA": "Name: boto", "code/other/q.yaml": queue, "code/q.yaml": queue}, want: []string{"code/other/q.yaml", "code/q.yaml"}},
		"skipped directories":           {files: map[string]string{"a/main.tf": role, "a/.terraform/x/main.tf": role, "node_modules/x.yaml": queue}, want: []string{"a"}},
		"templates beside Terraform":    {files: map[string]string{"main.tf": role, "cfn/a.yaml": queue, "cfn/b.json": `{"a": 1}`}, want: []string{"", "cfn/a.yaml"}},
		"a nested template":             {files: map[string]string{"parent.yaml": nest("./child.yaml"), "child.yaml": queue}, want: []string{"parent.yaml"}},
		"templates that nest in circle": {files: map[string]string{"a.yaml": nest("./b.yaml"), "b.yaml": nest("./a.yaml")}, want: []string{"a.yaml"}},
	}
	maps.Copy(cases, moreRoots)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, text := range c.files {
				full := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			inv := Read([]string{dir, dir}, Options{Types: types, Exclude: c.exclude})
			var got []string
			for _, r := range inv.Roots {
				rel, err := filepath.Rel(dir, r.Path)
				if err != nil {
					t.Fatal(err)
				}
				if rel == "." {
					rel = ""
				}
				got = append(got, rel)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("roots (-want +got):\n%s\n%v", diff, inv.Diags)
			}
		})
	}
}

// TestBeside names the Terraform directories that a path's own root hides, and none that is used or given.
func TestBeside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for file, text := range map[string]string{
		"main.tf": "module \"m\" { source = \"./m\" }\n", "m/main.tf": "module \"n\" { source = \"../n\" }\n", "n/main.tf": role,
		"live/a/main.tf": role, "live/b/main.tf": role, "vendor/v/main.tf": role,
	} {
		full := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	opts := Options{Types: vocabulary.Load(), Terraform: terraform.Options{Modules: map[string]string{"x/y/aws": filepath.Join(dir, "vendor/v")}}}
	for _, c := range []struct {
		paths []string
		want  string
	}{
		{[]string{""}, "does not call 2 of the directories with configuration below it, such as " + filepath.Join(dir, "live/a")},
		{[]string{"", "live/a"}, "does not call 1 of the directories with configuration below it, such as " + filepath.Join(dir, "live/b")},
		{[]string{"", "live"}, ""},
		{[]string{"live"}, ""},
	} {
		var paths []string
		for _, p := range c.paths {
			paths = append(paths, filepath.Join(dir, p))
		}
		var got []string
		for _, d := range Read(paths, opts).Diags {
			got = append(got, d.Detail)
		}
		if told := strings.Join(got, "\n"); c.want == "" && told != "" || !strings.Contains(told, c.want) {
			t.Errorf("%q: got %q, want %q", c.paths, told, c.want)
		}
	}
}

// TestConfigFaults tells a mistake in onus.yaml at its line.
func TestConfigFaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for file, text := range map[string]string{".git/HEAD": "", "onus.yaml": "roots:\n  - path: a\n    varfiles: [x]\n", "a/main.tf": role} {
		full := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	inv := Read([]string{dir}, Options{Types: vocabulary.Load()})
	if len(inv.Diags) != 1 || inv.Diags[0].Range.Line != 3 || len(inv.Resources) != 1 {
		t.Errorf("%d resources, diagnostics %v", len(inv.Resources), inv.Diags)
	}
}

// TestNamedState maps a state that the user names, at the lines of its configuration.
func TestNamedState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for file, text := range map[string]string{"main.tf": "\n\n" + role, "terraform.tfstate": state} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, order := range [][]string{{"terraform.tfstate", "."}, {".", "terraform.tfstate"}} {
		var paths []string
		for _, o := range order {
			paths = append(paths, filepath.Join(dir, o))
		}
		inv := Read(paths, Options{Types: vocabulary.Load()})
		if len(inv.Resources) != 1 || len(inv.Roots) != 1 || inv.Roots[0].Form != "state" {
			t.Fatalf("%v: %d resources of %v, want the one of the state", order, len(inv.Resources), inv.Roots)
		}
		r := inv.Resources[0]
		if name, _ := r.Get("RoleName").Text(); name != "x" || filepath.Base(r.Origin.Path) != "main.tf" || r.Origin.Line != 3 {
			t.Errorf("%v: RoleName %q at %v, want x at main.tf:3", order, name, r.Origin)
		}
	}
}

// TestJobs reads a tree with one and with eight goroutines: the inventories are the same.
func TestJobs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range moreRoots {
		for file, text := range c.files {
			full := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	read := func(jobs int) []string {
		done := 0
		var mu sync.Mutex
		inv := Read([]string{dir}, Options{Types: vocabulary.Load(), Jobs: jobs, Progress: func(int, int) { mu.Lock(); done++; mu.Unlock() }})
		var out []string
		for _, r := range inv.Resources {
			out = append(out, r.Scope+" "+r.Address+" "+r.Origin.String())
		}
		for _, d := range inv.Diags {
			out = append(out, d.Range.String()+" "+d.Summary)
		}
		if done == 0 {
			t.Error("no progress was told")
		}
		return out
	}
	if diff := cmp.Diff(read(1), read(8)); diff != "" {
		t.Errorf("one job and eight differ:\n%s", diff)
	}
}
