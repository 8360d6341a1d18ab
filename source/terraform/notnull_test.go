package terraform

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNotNull: a reference to the id of a resource, and a text with unknown parts, are set; what a condition may leave
// out is not certain to be.
func TestNotNull(t *testing.T) {
	t.Parallel()
	const head = `
variable "create" {}
variable "name" {}
data "aws_caller_identity" "current" {}
resource "aws_iam_instance_profile" "p" { name = "p-${data.aws_caller_identity.current.account_id}" }
resource "aws_kms_key" "k" {}
`
	for expression, want := range map[string]bool{
		"aws_iam_instance_profile.p.id":                     true,
		"aws_iam_instance_profile.p.arn":                    true,
		"aws_iam_instance_profile.p.name":                   true,
		`"x-${var.name}"`:                                   true,
		"var.name":                                          false,
		"aws_kms_key.k.policy":                              false,
		"var.create ? aws_iam_instance_profile.p.id : null": false,
		`var.create ? "x-${var.name}" : null`:               false,
		"aws_kms_key.k.enable_key_rotation ? aws_iam_instance_profile.p.id : null":                           false,
		`data.aws_caller_identity.current.account_id == "1" ? "x-${aws_iam_instance_profile.p.name}" : null`: false,
	} {
		dir := t.TempDir()
		text := head + "resource \"aws_instance\" \"a\" {\n  iam_instance_profile = " + expression + "\n}\n"
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, r := range read(t, dir, Options{}).Resources {
			if v := r.Get("IamInstanceProfile"); r.Address == "aws_instance.a" && v.CertainlySet() != want {
				t.Errorf("%s: certainly set is %v, want %v (%s)", expression, v.CertainlySet(), want, v.Display())
			}
		}
	}
}
