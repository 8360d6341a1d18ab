package evidence_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/vocabulary"
)

func TestGrants(t *testing.T) {
	t.Parallel()
	acl := func(uri string) string {
		return "resource \"aws_s3_bucket\" \"b\" {}\nvariable \"v\" {}\nresource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  access_control_policy {\n    grant {\n      permission = \"READ\"\n      grantee {\n        type = \"Group\"\n        uri  = " + uri + "\n      }\n    }\n  }\n}\n"
	}
	inline := func(grant string) string {
		return "resource \"aws_s3_bucket\" \"b\" {\n  grant {\n    permissions = [\"READ\"]\n    " + grant + "\n  }\n}\n"
	}
	for _, c := range []struct{ name, text, want string }{
		{"everyone", acl(`"http://acs.amazonaws.com/groups/global/AllUsers"`), "true"},
		{"every account", acl(`"http://acs.amazonaws.com/groups/global/AuthenticatedUsers"`), "true"},
		{"the delivery of logs", acl(`"http://acs.amazonaws.com/groups/s3/LogDelivery"`), "false"},
		{"a variable", acl("var.v"), "?"},
		{"in the bucket", inline(`uri = "http://acs.amazonaws.com/groups/global/AllUsers"`), "true"},
		{"a named account", inline(`id = "0123456789abcdef"`), "false"},
		{"none", "resource \"aws_s3_bucket\" \"b\" {}\n", "false"},
	} {
		if got := short(dataFact(t, c.text, "aws_s3_bucket.b", "grants", "onus::Grants").Get("Everyone")); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestSecretVersions(t *testing.T) {
	t.Parallel()
	version := func(value string) string {
		return "resource \"aws_secretsmanager_secret\" \"s\" {\n  name = \"s\"\n}\nvariable \"v\" {}\nresource \"aws_secretsmanager_secret_version\" \"s\" {\n  secret_id     = aws_secretsmanager_secret.s.id\n  secret_string = " + value + "\n}\n"
	}
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"a text", version(`"Tr0ub4dor-and-3"`), 1},
		{"one of several settings", version(`jsonencode({ username = "orders", password = "Tr0ub4dor-and-3" })`), 1},
		{"settings that are no secret", version(`jsonencode({ username = "orders", host = "db" })`), 0},
		{"given when it is deployed", version("var.v"), 0},
		{"a setting that is given when it is deployed", version(`jsonencode({ username = "orders", password = var.v })`), 0},
		{"a placeholder", version(`"change-me"`), 0},
		{"a placeholder in a setting", version(`jsonencode({ password = "REPLACE_ME" })`), 0},
		{"by the name of the secret", "resource \"aws_secretsmanager_secret\" \"s\" {\n  name = \"s\"\n}\nresource \"aws_secretsmanager_secret_version\" \"s\" {\n  secret_id     = \"s\"\n  secret_string = \"Tr0ub4dor-and-3\"\n}\n", 1},
		{"JSON", version(`"{\"username\": \"orders\", \"password\": \"Tr0ub4dor-and-3\"}"`), 1},
		{"JSON with nothing filled in", version(`"{\"username\": \"<>\", \"password\": \"<>\"}"`), 0},
		{"of another secret", "resource \"aws_secretsmanager_secret\" \"s\" {\n  name = \"s\"\n}\nresource \"aws_secretsmanager_secret\" \"other\" {}\nresource \"aws_secretsmanager_secret_version\" \"s\" {\n  secret_id     = aws_secretsmanager_secret.other.id\n  secret_string = \"Tr0ub4dor-and-3\"\n}\n", 0},
	} {
		names := dataFact(t, c.text, "aws_secretsmanager_secret.s", "secrets", "onus::Secrets").Get("Names")
		if got := len(names.List()); names.IsUnknown() || got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestSecretVersionsOfAnotherRoot does not take a version for one of a secret that has the same name elsewhere.
func TestSecretVersionsOfAnotherRoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var roots []string
	for name, text := range map[string]string{
		"one": "resource \"aws_secretsmanager_secret\" \"s\" {\n  name = \"s\"\n}\n",
		"two": "resource \"aws_secretsmanager_secret_version\" \"s\" {\n  secret_id     = \"s\"\n  secret_string = \"Tr0ub4dor-and-3\"\n}\n",
	} {
		root := filepath.Join(dir, name)
		if err := os.Mkdir(root, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "main.tf"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		roots = append(roots, root)
	}
	inv := source.Read(roots, source.Options{Types: vocabulary.Load()})
	g := evidence.New(inv, inventory.NewIndex(inv), evidence.Options{})
	for _, r := range inv.Resources {
		if r.Type != "AWS::SecretsManager::Secret" {
			continue
		}
		if names := g.OfResource(r, "").PartFor(r, "secrets", "onus::Secrets").Value.Get("Names"); names.IsUnknown() || len(names.List()) != 0 {
			t.Errorf("got %v, want none", names)
		}
		return
	}
	t.Fatal("no secret was read")
}

// TestSecretString reads the value that a template writes in the secret itself.
func TestSecretString(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]int{"Tr0ub4dor-and-3": 1, "!Ref Unset": 0, `'{"password": "Tr0ub4dor-and-3"}'`: 1, `'{"user": "orders"}'`: 0} {
		names := dataFact(t, "  S: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: "+value+"}}\n", "S", "secrets", "onus::Secrets").Get("Names")
		if got := len(names.List()); names.IsUnknown() || got != want {
			t.Errorf("%s: %d, want %d", value, got, want)
		}
	}
}
