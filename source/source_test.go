package source

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/vocabulary"
)

const (
	queue = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Q: {Type: AWS::SQS::Queue}\n"
	role  = "resource \"aws_iam_role\" \"r\" {}\n"
)

func nest(to string) string {
	return queue + "  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: " + to + "}}\n"
}

// TestRoots splits trees into roots: what others call or nest is none, a circle has one.
func TestRoots(t *testing.T) {
	t.Parallel()
	types := vocabulary.Load()
	cases := map[string]struct {
		files map[string]string
		want  []string
	}{
		"a root and its module":         {map[string]string{"a/main.tf": "module \"m\" { source = \"../m\" }\n", "m/main.tf": role}, []string{"a"}},
		"examples call the repository":  {map[string]string{"main.tf": role, "examples/x/main.tf": "module \"m\" { source = \"../..\" }\n"}, []string{""}},
		"modules in a circle":           {map[string]string{"a/main.tf": "module \"m\" { source = \"../b\" }\n", "b/main.tf": "module \"m\" { source = \"../a\" }\n"}, []string{"a"}},
		"skipped directories":           {map[string]string{"a/main.tf": role, "a/.terraform/x/main.tf": role, "node_modules/x.yaml": queue}, []string{"a"}},
		"templates beside Terraform":    {map[string]string{"main.tf": role, "cfn/a.yaml": queue, "cfn/b.json": `{"a": 1}`}, []string{"", "cfn/a.yaml"}},
		"a nested template":             {map[string]string{"parent.yaml": nest("./child.yaml"), "child.yaml": queue}, []string{"parent.yaml"}},
		"templates that nest in circle": {map[string]string{"a.yaml": nest("./b.yaml"), "b.yaml": nest("./a.yaml")}, []string{"a.yaml"}},
	}
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
			inv := Read([]string{dir, dir}, Options{Types: types})
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
