package evidence

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

func TestSecretName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"PASSWORD": true, "DB_PASSWORD": true, "dbPassword": true, "MYSQLPASSWORD": true, "DB_PWD": true, "SMTP_PASS": true,
		"client_secret": true, "clientSecret": true, "API_KEY": true, "apiKey": true, "APIKey": true, "--aws-secret-access-key": true,
		"GITHUB_TOKEN": true, "AUTH_TOKEN_2": true, "PRIVATE_KEY": true, "access_key": true, "secret_key": true,
		"spring.datasource.password": true, "JWTSecret": true,
		"PWD": false, "PASS": false, "SECRET_NAME": false, "SECRET_ARN": false, "TOKEN_URL": false, "PASSWORD_LENGTH": false,
		"PUBLIC_KEY": false, "NEXT_TOKEN": false, "KEY": false, "PARTITION_KEY": false, "TABLE_NAME": false, "": false, "2": false,
		"compass": false, "bypass": false, "secretary": false,
	} {
		if got := secretName(name); got != want {
			t.Errorf("secretName(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestSecretLiteral(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"hunter2": true, "Aa1234321Bb": true, "changeme": true, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY": true, "a b": true, "/slash": true,
		"": false, "arn:aws:secretsmanager:eu-west-1:1:secret:x": false, "{{resolve:ssm:/a/b}}": false, "$(pass)": false,
		"${DB_PASSWORD}": false, "/prod/db/password": false, "prod/db": false, "<password>": false, "True": false, "****": false,
		"https://example.com/token": false, "null": false,
	} {
		if got := secretLiteral(value); got != want {
			t.Errorf("secretLiteral(%q) = %v, want %v", value, got, want)
		}
	}
}

func TestSecretsInText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"exports", "#!/bin/bash\nexport DB_HOST=db\nexport DB_PASSWORD=hunter2\n", []string{"DB_PASSWORD"}},
		{"quoted", `MYSQL_ROOT_PASSWORD="a b c d"; run`, []string{"MYSQL_ROOT_PASSWORD"}},
		{"option with a space", "mysqladmin --user root --password hunter2 create", []string{"password"}},
		{"YAML", "#cloud-config\nchpasswd:\n  password: hunter2\n", []string{"password"}},
		{"PHP", "define('DB_SERVER', 'db'); define('DB_PASSWORD', 'hunter2');", []string{"DB_PASSWORD"}},
		{"JSON", `{"user":"a","apiKey":"abcdefgh"}`, []string{"apiKey"}},
		{"filled in at the start", "export DB_PASSWORD=$(aws ssm get-parameter --name /db/password)\nTOKEN=`curl -X PUT`\nPASSWORD=$1", nil},
		{"prose", "# the password is kept elsewhere, see password handbook", nil},
		{"access key", "aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE", []string{"AWS access key"}},
		{"key block", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", []string{"private key"}},
		{"URL", "postgres://app:hunter2@db.internal/app", []string{"password in a URL"}},
		{"URL filled in", "postgres://app:${PASSWORD}@db.internal/app", nil},
		{"base64", "ZXhwb3J0IERCX1BBU1NXT1JEPWh1bnRlcjIyMjIyCmV4cG9ydCBYPTEyMzQ1Njc4", []string{"DB_PASSWORD"}},
	} {
		if diff := cmp.Diff(c.want, secretsInText(c.text, nil)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// text makes a known string value at a line.
func text(s string, line int) inventory.Value {
	return inventory.StringValue(s, diag.Range{Path: "main.tf", Line: line})
}

func mapOf(kv ...any) inventory.Value {
	var props []inventory.Property
	for i := 0; i < len(kv); i += 2 {
		v, ok := kv[i+1].(inventory.Value)
		if !ok {
			v = text(kv[i+1].(string), 1)
		}
		props = append(props, inventory.Property{Name: kv[i].(string), Value: v})
	}
	return inventory.MapValue(props, diag.Range{Path: "main.tf", Line: 1})
}

func listOf(items ...inventory.Value) inventory.Value {
	return inventory.ListValue(items, diag.Range{Path: "main.tf", Line: 1})
}

func unknownAs(name, partial string) inventory.Value {
	v := inventory.UnknownValue(diag.Range{Path: "main.tf", Line: 1}, inventory.Step{Name: name, Note: "no value"})
	if partial == "" {
		return v
	}
	return v.WithMeta(&inventory.Meta{Partial: partial, Unresolved: v.Unresolved()})
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	environment := func(kv ...any) inventory.Value { return mapOf("Environment", mapOf("Variables", mapOf(kv...))) }
	secretRef := text("", 1).WithMeta(&inventory.Meta{Refs: []inventory.Ref{{Address: "secret", Attr: "arn"}}})
	for _, c := range []struct {
		name, typ string
		props     inventory.Value
		want      []string
	}{
		{"a literal", "AWS::Lambda::Function", environment("DB_PASSWORD", "hunter2", "TABLE", "t"), []string{"DB_PASSWORD"}},
		{"a key id under any name", "AWS::Lambda::Function", environment("A", "AKIAIOSFODNN7EXAMPLE"), []string{"A"}},
		{"a reference", "AWS::Lambda::Function", environment("DB_SECRET", "arn:aws:secretsmanager:x"), nil},
		{"a secret of the input", "AWS::Lambda::Function", environment("DB_SECRET", inventory.UnknownValue(diag.Range{}).WithMeta(secretRef.Meta())), nil},
		{"a variable", "AWS::Lambda::Function", environment("DB_PASSWORD", unknownAs("var.p", "")), []string{"(unknown)"}},
		{"a variable beside a literal", "AWS::Lambda::Function", environment("DB_PASSWORD", unknownAs("var.p", ""), "API_KEY", "abc"), []string{"API_KEY"}},
		{"a variable of another name", "AWS::Lambda::Function", environment("TABLE", unknownAs("var.t", "")), nil},
		{"a path with an unknown part", "AWS::Lambda::Function", environment("DB_PASSWORD", unknownAs("var.e", "/${var.e}/password")), nil},
		{"all variables unknown", "AWS::Lambda::Function", mapOf("Environment", mapOf("Variables", unknownAs("var.v", ""))), []string{"(unknown)"}},
		{"numbers and truths", "AWS::Lambda::Function", environment("MAX_PASSWORD", inventory.NumberValue(12, diag.Range{}), "USE_TOKEN", inventory.BoolValue(true, diag.Range{})), nil},
		{"containers", "AWS::ECS::TaskDefinition", mapOf("ContainerDefinitions", listOf(mapOf("Name", "a", "Environment", listOf(mapOf("Name", "API_KEY", "Value", "abc"))))), []string{"API_KEY"}},
		{"a build's parameter", "AWS::CodeBuild::Project", mapOf("Environment", mapOf("EnvironmentVariables", listOf(
			mapOf("Name", "TOKEN", "Value", "name-of-it", "Type", "SECRETS_MANAGER"), mapOf("Name", "API_TOKEN", "Value", "abc", "Type", "PLAINTEXT")))), []string{"API_TOKEN"}},
		{"Beanstalk", "AWS::ElasticBeanstalk::Environment", mapOf("OptionSettings", listOf(
			mapOf("Namespace", "aws:elasticbeanstalk:application:environment", "OptionName", "DB_PASSWORD", "Value", "abc"),
			mapOf("Namespace", "aws:elasticbeanstalk:application:environmentsecrets", "OptionName", "OTHER_PASSWORD", "Value", "abc"))), []string{"DB_PASSWORD"}},
		{"user data", "AWS::EC2::Instance", mapOf("UserData", "export AWS_SECRET_ACCESS_KEY=abcdefgh"), []string{"AWS_SECRET_ACCESS_KEY"}},
		{"user data known in part", "AWS::EC2::Instance", mapOf("UserData", unknownAs("var.x", "PASSWORD=hunter2\nHOST=${var.x}\nTOKEN=${var.t}")), []string{"PASSWORD"}},
		{"user data that a password is put into", "AWS::EC2::Instance", mapOf("UserData", unknownAs("parameter Password", "define('DB_PASSWORD', '${Password}');\nHOST=${Host}")), []string{"DB_PASSWORD"}},
		{"user data not known", "AWS::EC2::Instance", mapOf("UserData", unknownAs("var.x", "")), []string{"(unknown)"}},
		{"a database's password", "AWS::RDS::DBInstance", mapOf("MasterUserPassword", "hunter2"), []string{"password"}},
		{"a database's password given later", "AWS::RDS::DBInstance", mapOf("MasterUserPassword", unknownAs("var.p", "")), nil},
		{"a parameter named so", "AWS::SSM::Parameter", mapOf("Name", "/prod/db/password", "Value", "hunter2"), []string{"/prod/db/password"}},
		{"a parameter named otherwise", "AWS::SSM::Parameter", mapOf("Name", "/prod/db/host", "Value", "hunter2"), nil},
		{"another type", "AWS::EC2::Instance", environment("PASSWORD", "x"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := &inventory.Inventory{Resources: []*inventory.Resource{
				{Type: c.typ, Address: "it", Properties: c.props},
				{Type: "AWS::SecretsManager::Secret", Address: "secret"},
			}}
			g := New(inv, inventory.NewIndex(inv), Options{})
			p := g.OfResource(inv.Resources[0], "").PartFor(inv.Resources[0], "secrets", typeSecrets)
			var got []string
			names := p.Value.Get("Names")
			for _, n := range names.List() {
				got = append(got, n.Display())
			}
			if names.IsUnknown() {
				got = append(got, names.Display())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			for _, e := range p.Because {
				if shown := e.Property + e.Value.Display(); strings.Contains(shown, "hunter2") || strings.Contains(shown, "AKIA") || strings.Contains(shown, "abcdefgh") {
					t.Errorf("the evidence shows the secret: %s", shown)
				}
			}
		})
	}
}

func FuzzSecretsInText(f *testing.F) {
	for _, s := range []string{"PASSWORD=a", `{"token":"abcdef"}`, "-----BEGIN PRIVATE KEY-----", "postgres://a:b@c/d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n := len(secretsInText(s, nil)); n > maxSecrets {
			t.Errorf("%d names", n)
		}
		secretName(s)
		secretLiteral(s)
	})
}
