package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lay writes files below a new directory whose sub-directory "vocabulary" it returns.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(root, "vocabulary")
}

func TestCompare(t *testing.T) {
	t.Parallel()
	dir := lay(t, map[string]string{
		"vocabulary/cloudformation.txt":        "AWS::A::One {}\nAWS::A::New {}\n",
		"vocabulary/classes.txt":               "# comment\nAWS::A::One a managed workload\nAWS::A::Old a managed workload\nAWS::A::Part a managed part AWS::A::One\n",
		"source/terraform/names.txt":           "aws_a_one AWS::A::One\naws_a_part =AWS::A::Part\naws_a_new_part =AWS::A::NewPart ~AWS::A::One\naws_ami =onus::OwnImage\n",
		"vocabulary/testdata/provider-aws.txt": "aws_a_one\naws_a_two\n",
	})
	err := compare(dir)
	if err == nil {
		t.Fatal("no error")
	}
	want := []string{
		"not classified; add a line to classes.txt: AWS::A::New",
		"not classified; add a line to classes.txt: AWS::A::NewPart",
		"no such type any more; remove its line from classes.txt: AWS::A::Old",
		"Terraform name without a line in source/terraform/names.txt: aws_a_two",
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Error(diff)
	}
}

// TestCommitted holds the committed files against each other: what `go generate` would say without new sources.
func TestCommitted(t *testing.T) {
	t.Parallel()
	if err := compare(".."); err != nil {
		t.Error(err)
	}
}

func TestWriteNames(t *testing.T) {
	t.Parallel()
	class := func(base, name string) string {
		return "export declare class X extends cdktf." + base + " {\n    static readonly tfResourceType = \"" + name + "\";\n}\n"
	}
	dir := lay(t, map[string]string{
		"vocabulary/lib/sqs-queue/index.d.ts":      class("TerraformResource", "aws_sqs_queue"),
		"vocabulary/lib/ami/index.d.ts":            class("TerraformResource", "aws_ami"),
		"vocabulary/lib/data-aws-ami/index.d.ts":   class("TerraformDataSource", "aws_vpc"),
		"vocabulary/lib/provider/index.d.ts":       class("TerraformProvider", "aws"),
		"vocabulary/lib/sqs-queue/function.d.ts":   class("TerraformResource", "aws_not_this"),
		"vocabulary/empty/lib/provider/index.d.ts": class("TerraformProvider", "aws"),
	})
	to := filepath.Join(dir, "names.txt")
	if err := writeNames(dir, to); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("aws_ami\naws_sqs_queue\n", string(text)); diff != "" {
		t.Error(diff)
	}
	if err := writeNames(filepath.Join(dir, "empty"), to); err == nil {
		t.Error("a package without resources gives no error")
	}
}
