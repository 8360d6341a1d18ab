package cloudformation_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/cloudformation"
	"github.com/onus-dev/onus/vocabulary"
)

func TestIs(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		data string
		want bool
	}{
		"version":             {"AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n", true},
		"version after text":  {"# comment\n---\nDescription: x\nAWSTemplateFormatVersion: 2010-09-09\n", true},
		"sam":                 {"Transform: AWS::Serverless-2016-10-31\n", true},
		"sam list":            {"Transform:\n  - AWS::LanguageExtensions\n", true},
		"types only":          {"Resources:\n  A:\n    Type: AWS::S3::Bucket\n", true},
		"indented":            {"  Resources:\n    A:\n      Type: 'Custom::X'\n", true},
		"bom and crlf":        {"\xef\xbb\xbfResources:\r\n  A:\r\n    Type: AWS::S3::Bucket\r\n", true},
		"json":                {`{"Parameters": {"Resources": 1}, "Resources": {"A": {"Type": "AWS::S3::Bucket"}}}`, true},
		"json version":        {`{"AWSTemplateFormatVersion": "2010-09-09"}`, true},
		"broken below":        {"Resources:\n  A:\n    Type: AWS::S3::Bucket\n   B: [\n", true},
		"empty":               {"", false},
		"kubernetes":          {"apiVersion: v1\nkind: ConfigMap\ndata:\n  t: |\n    AWSTemplateFormatVersion: x\n", false},
		"compose":             {"services:\n  web:\n    image: x\n", false},
		"workflow":            {"name: ci\non: push\njobs:\n  a: {}\n", false},
		"serverless":          {"service: x\nprovider: {name: aws}\nresources:\n  Resources:\n    A: {Type: AWS::S3::Bucket}\n", false},
		"package.json":        {`{"name": "x", "dependencies": {}}`, false},
		"plan":                {`{"format_version": "1.2", "x": {"AWSTemplateFormatVersion": 1}}`, false},
		"text in a string":    {`{"body": "{\"AWSTemplateFormatVersion\": 1, \"Resources\": {\"Type\": \"AWS::S3::Bucket\"}}"}`, false},
		"nested key":          {`{"a": {"AWSTemplateFormatVersion": "2010-09-09"}}`, false},
		"resources elsewhere": {"Resources:\n  - one\n  - Type: plain\n", false},
		"binary":              {"\x00\x01Resources:\n A: {Type: AWS::S3::Bucket}", false},
		"list":                {"- AWSTemplateFormatVersion: x\n", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := cloudformation.Is([]byte(c.data)); got != c.want {
				t.Errorf("Is = %v, want %v", got, c.want)
			}
		})
	}
}

// property reads a template of one resource, R, and returns its property P.
func property(t *testing.T, template string, opts cloudformation.Options) inventory.Value {
	t.Helper()
	inv, _ := cloudformation.Read("t.yaml", []byte(template), nil, opts)
	for _, r := range inv.Resources {
		if r.Address == "R" {
			return r.Get("P")
		}
	}
	t.Fatalf("no resource R; diagnostics %v", inv.Diags)
	return inventory.Value{}
}

const oneParameter = `
Parameters: {X: {Type: String, Default: d}, N: {Type: CommaDelimitedList, Default: "a,b"}, S: {Type: "AWS::SSM::Parameter::Value<String>"}}
Conditions: {IsD: !Equals [!Ref X, d]}
Resources: {R: {Type: "AWS::SQS::Queue", Properties: {P: %s}}}
`

func TestValues(t *testing.T) {
	t.Parallel()
	given := cloudformation.Options{Params: map[string]string{"X": "v", "N": "c, d", "S": "/p/q"}}
	unset := cloudformation.Options{DefaultsUnknown: true}
	china := cloudformation.Options{Pseudo: map[string]string{"AWS::Region": "cn-north-1", "AWS::AccountId": "012345678901"}}
	cases := []struct {
		name, expr string
		opts       cloudformation.Options
		want       string
	}{
		{"default", "!Ref X", cloudformation.Options{}, "d"},
		{"given", "!Ref X", given, "v"},
		{"default refused", "!Ref X", unset, "(unknown)"},
		{"given beats refused default", "!Ref X", cloudformation.Options{Params: given.Params, DefaultsUnknown: true}, "v"},
		{"list", "!Ref N", given, "[c, d]"},
		{"list in text", `!Sub "${N}"`, given, "c,d"},
		{"list joined", `!Join ["+", !Ref N]`, cloudformation.Options{}, "a+b"},
		{"looked up", "!Ref S", given, "(unknown)"},
		{"looked up, compared", `!If [{"Fn::Equals": [!Ref S, "/p/q"]}, a, b]`, given, "(unknown)"},
		{"condition by default", "!If [IsD, a, b]", cloudformation.Options{}, "a"},
		{"condition given", "!If [IsD, a, b]", given, "b"},
		{"condition unknown", "!If [IsD, a, b]", unset, "(unknown)"},
		{"branches agree", "!If [IsD, {k: [1, a]}, {k: [1, a]}]", unset, "{1 properties}"},
		{"branches disagree inside", "!If [IsD, {k: [1, a]}, {k: [1, b]}]", unset, "(unknown)"},
		{"branches of unknowns", `!If [IsD, !Ref "AWS::Region", !Ref "AWS::Region"]`, unset, "(unknown)"},
		{"removed", "!Ref AWS::NoValue", cloudformation.Options{}, "(not set)"},
		{"partition", `!Sub "${AWS::Partition}/${AWS::URLSuffix}/${AWS::AccountId}"`, china, "aws-cn/amazonaws.com.cn/012345678901"},
		{"account with a leading zero", "012345678901", cloudformation.Options{}, "012345678901"},
		{"version", "1.10", cloudformation.Options{}, "1.10"},
		{"number", "15", cloudformation.Options{}, "15"},
		{"date", "2012-10-17", cloudformation.Options{}, "2012-10-17"},
		{"literal", `!Sub "${!X} $${X}"`, given, "${X} $v"},
		{"sub variables", `!Sub ["${A}${X}", {A: !Ref X}]`, given, "vv"},
		{"split", `!Select [1, !Split ["/", "a/b"]]`, cloudformation.Options{}, "b"},
		{"split of unknown", `!Select [0, !Split ["/", !Ref "AWS::StackId"]]`, cloudformation.Options{}, "(unknown)"},
		{"cidr v6", `!Select [1, !Cidr ["2001:db8::/56", 2, 64]]`, cloudformation.Options{}, "2001:db8:0:1::/64"},
		{"cidr too many", `!Cidr ["10.0.0.0/24", 9, 6]`, cloudformation.Options{}, "(unknown)"},
		{"base64 keeps text", `!Base64 plain`, cloudformation.Options{}, "plain"},
		{"bool function", `{"Fn::Or": [{"Fn::Equals": [1, "1"]}, !Condition IsD]}`, unset, "true"},
		{"and with false", `{"Fn::And": [!Condition IsD, {"Fn::Equals": [1, 2]}]}`, unset, "false"},
		{"and with true", `{"Fn::And": [!Condition IsD, {"Fn::Equals": [1, 1]}]}`, unset, "(unknown)"},
		{"not of unknown", `{"Fn::Not": [!Condition IsD]}`, unset, "(unknown)"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := property(t, fmt.Sprintf(oneParameter, c.expr), c.opts)
			if got := v.Display(); got != c.want {
				t.Errorf("%s = %s, want %s (partial %q)", c.expr, got, c.want, v.Partial())
			}
			if v.IsUnknown() && len(v.Unresolved())+len(v.Refs()) == 0 {
				t.Errorf("%s is unknown and does not say why", c.expr)
			}
		})
	}
}

// TestAssumed checks that a value which rests on a default says so, however it is reached.
func TestAssumed(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{"!Ref X", `!Sub "a${X}"`, "!If [IsD, a, b]", "!Select [0, !Ref N]", `!Join ["", [!Ref X]]`} {
		v := property(t, fmt.Sprintf(oneParameter, expr), cloudformation.Options{})
		if len(v.Assumed()) == 0 {
			t.Errorf("%s rests on a default and does not say so", expr)
		}
		v = property(t, fmt.Sprintf(oneParameter, expr), cloudformation.Options{Params: map[string]string{"X": "d", "N": "a"}})
		if len(v.Assumed()) != 0 {
			t.Errorf("%s was given and claims to rest on a default", expr)
		}
	}
}

func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	const template = `
Parameters: {Secret: {Type: String, NoEcho: true, Default: hunter2}}
Resources: {R: {Type: "AWS::SQS::Queue", Properties: {P: %s}}}
`
	for _, expr := range []string{
		"!Ref Secret", `!Sub "x-${Secret}"`, `!Join ["", [a, !Ref Secret]]`, `{"Fn::Base64": !Ref Secret}`, `!Sub "${Secret}-${AWS::Region}"`,
		`"{{resolve:secretsmanager:a}}"`, `"{{resolve:ssm-secure:/a:1}}"`, `!Select [0, !Split [x, !Ref Secret]]`,
		`{"Fn::ToJsonString": {a: !Ref Secret}}`,
	} {
		v := property(t, fmt.Sprintf(template, expr), cloudformation.Options{})
		if !v.Sensitive() || v.Display() != "(sensitive)" {
			t.Errorf("%s is not sensitive: %s", expr, v.Display())
		}
	}
}

// TestHostile checks that inputs made to hurt end quickly, in a diagnostic that says the answer is incomplete.
func TestHostile(t *testing.T) {
	t.Parallel()
	var bomb strings.Builder
	bomb.WriteString("x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&bomb, "x%d: &x%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d, ", i-1), 10), ", "))
	}
	var chain strings.Builder
	chain.WriteString("x0: &x0 [a]\n")
	for i := 1; i < 3000; i++ {
		fmt.Fprintf(&chain, "x%d: &x%d [*x%d]\n", i, i, i-1)
	}
	var text strings.Builder
	text.WriteString("x0: &x0 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&text, "x%d: &x%d !Join ['', [%s]]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d, ", i-1), 10), ", "))
	}
	use := func(name string) string {
		return "Resources:\n  R: {Type: AWS::SQS::Queue, Properties: {P: *" + name + "}}\n"
	}
	loops := "Resources:\n" + strings.Repeat(" ", 2) + "R: {Type: AWS::SQS::Queue}\n"
	for i := range 8 {
		pad := strings.Repeat("    ", i) + "  "
		loops += pad + fmt.Sprintf("Fn::ForEach::L%d:\n%s  - I%d\n%s  - [%s]\n%s  -\n", i, pad, i, pad, "a,b,c,d,e,f,g,h,i,j", pad)
	}
	loops += strings.Repeat("    ", 8) + "  X${I0}${I1}${I2}${I3}${I4}${I5}${I6}${I7}: {Type: AWS::SQS::Queue}\n"
	cases := map[string]string{
		"alias bomb":    bomb.String() + use("x11"),
		"alias chain":   chain.String() + use("x2999"),
		"text bomb":     text.String() + use("x11"),
		"alias cycle":   "x: &x [*x]\n" + use("x"),
		"loop bomb":     loops,
		"deep flow":     strings.Repeat("[", 100_000),
		"deep json":     `{"Resources": ` + strings.Repeat(`{"a":`, 100_000),
		"too large":     "Resources:\n" + strings.Repeat("# padding padding padding padding\n", 800_000),
		"random":        "Resources: \x01\x02\xff\xfe\x00",
		"many problems": "Resources:\n" + strings.Repeat("  ? [a]\n  : b\n", 3_000),
	}
	for name, data := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			inv, _ := cloudformation.Read("t.yaml", []byte(data), nil, cloudformation.Options{})
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			if !inv.Diags.Incomplete() {
				t.Errorf("no diagnostic says that the answer is incomplete: %v", inv.Diags)
			}
			if len(inv.Diags) > 1_100 {
				t.Errorf("%d diagnostics", len(inv.Diags))
			}
		})
	}
}

// mutual are two templates that stand inside each other, and one that is used very often.
type mutual map[string]string

func (m mutual) ReadFile(path string) ([]byte, error) {
	s, ok := m[path]
	if !ok {
		return nil, os.ErrNotExist
	}
	return []byte(s), nil
}

func TestNestedBounds(t *testing.T) {
	t.Parallel()
	stack := func(name, url, params string) string {
		return fmt.Sprintf("  %s: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s, Parameters: {%s}}}\n", name, url, params)
	}
	files := mutual{
		"a.yaml": "Resources:\n" + stack("B", "b.yaml", ""),
		"b.yaml": "Resources:\n" + stack("A", "a.yaml", ""),
		"in.yaml": "Parameters: {P: {Type: String}}\nResources:\n  Q: {Type: AWS::SQS::Queue}\n" +
			"Outputs: {O: {Value: !Ref P}}\n",
	}
	for i := range 15 {
		files[fmt.Sprintf("l%d.yaml", i)] = "Resources:\n" + stack("X", fmt.Sprintf("l%d.yaml", i+1), "") + stack("Y", fmt.Sprintf("l%d.yaml", i+1), "")
	}
	read := func(data string) *inventory.Inventory {
		inv, _ := cloudformation.Read("t.yaml", []byte(data), files, cloudformation.Options{})
		return inv
	}
	if inv := read("Resources:\n" + stack("A", "a.yaml", "")); !strings.Contains(fmt.Sprint(inv.Diags), "Nested template cycle") {
		t.Errorf("a cycle of templates is not told: %v", inv.Diags)
	}
	if inv := read("Resources:\n" + stack("L", "l0.yaml", "")); !inv.Diags.Incomplete() || len(inv.Resources) > 5_000 {
		t.Errorf("2^15 nested templates: %d resources, incomplete %v", len(inv.Resources), inv.Diags.Incomplete())
	}
	// Two stacks that each pass on the other's output: whatever comes first is unknown to the other.
	inv := read("Resources:\n" + stack("M", "in.yaml", "P: !GetAtt N.Outputs.O") + stack("N", "in.yaml", "P: !GetAtt M.Outputs.O"))
	var got []string
	for _, r := range inv.Resources {
		got = append(got, r.Address)
	}
	if diff := cmp.Diff([]string{"M", "M/Q", "N", "N/Q"}, got); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
}

// TestAbsentStack checks that the template of a stack whose condition is false is neither read nor left to be read
// alone, nor is what it nests.
func TestAbsentStack(t *testing.T) {
	t.Parallel()
	files := mutual{
		"outer.yaml": "Resources:\n  I: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}\n",
		"inner.yaml": "Resources:\n  Q: {Type: AWS::SQS::Queue}\n",
	}
	const top = `
Conditions: {Never: !Equals [a, b]}
Resources:
  O: {Type: AWS::CloudFormation::Stack, Condition: Never, Properties: {TemplateURL: outer.yaml}}
`
	inv, nested := cloudformation.Read("t.yaml", []byte(top), files, cloudformation.Options{})
	if len(inv.Resources)+len(inv.Diags) != 0 {
		t.Errorf("resources %v, diagnostics %v; want none", inv.Resources, inv.Diags)
	}
	if diff := cmp.Diff([]string{"inner.yaml", "outer.yaml"}, nested); diff != "" {
		t.Errorf("nested (-want +got):\n%s", diff)
	}
}

// finding is a mutual that also finds files by the end of their path.
type finding struct{ mutual }

func (f finding) FindSuffix(suffix string) []string {
	var out []string
	for name := range f.mutual {
		if name == suffix || strings.HasSuffix(name, "/"+suffix) {
			out = append(out, name)
		}
	}
	return out
}

// TestSuffix checks that an S3 URL is matched to the one local file it can mean, and to none when there are two.
func TestSuffix(t *testing.T) {
	t.Parallel()
	const child = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"
	files := finding{mutual{"a/net/vpc.yaml": child, "b/vpc.yaml": child, "b/app.yaml": child, "c/app.yaml": child}}
	cases := map[string]int{
		"https://s3.amazonaws.com/bucket/v1/net/vpc.yaml":            2,
		"https://bucket.s3.eu-west-1.amazonaws.com/net/vpc.yaml?v=1": 2,
		"s3://bucket/x/app.yaml":                                     1,
		"https://s3.amazonaws.com/bucket/none.yaml":                  1,
		"https://s3.amazonaws.com/bucket/../net/vpc.yaml":            1,
	}
	for url, want := range cases {
		data := fmt.Sprintf("Resources:\n  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %q}}\n", url)
		inv, nested := cloudformation.Read("t.yaml", []byte(data), files, cloudformation.Options{})
		if len(inv.Resources) != want || len(nested) != want-1 || inv.Diags.Incomplete() != (want == 1) {
			t.Errorf("%s: %d resources, nested %v, diagnostics %v", url, len(inv.Resources), nested, inv.Diags)
		}
	}
}

// TestAbove checks that a template given alone finds what it nests by the path of its S3 URL: in the tree that it is part
// of, the nearest first, and a mere file name beside it only.
func TestAbove(t *testing.T) {
	t.Parallel()
	const child = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"
	files := mutual{"repo/net/vpc.yaml": child, "repo/stacks/net/vpc.yaml": child, "repo/stacks/beside.yaml": child, "repo/up.yaml": child, "repo/db/main.yaml": child}
	cases := map[string]string{
		"https://s3.amazonaws.com/bucket/v1/net/vpc.yaml": "repo/stacks/net/vpc.yaml",
		"https://s3.amazonaws.com/bucket/db/main.yaml":    "repo/db/main.yaml",
		"https://s3.amazonaws.com/bucket/v1/beside.yaml":  "repo/stacks/beside.yaml",
		"https://s3.amazonaws.com/bucket/v1/up.yaml":      "",
		"https://s3.amazonaws.com/bucket/v1/top.yaml":     "",
	}
	for url, want := range cases {
		data := fmt.Sprintf("Resources:\n  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %q}}\n", url)
		inv, nested := cloudformation.Read("repo/stacks/top.yaml", []byte(data), files, cloudformation.Options{})
		if strings.Join(nested, " ") != want || inv.Diags.Incomplete() != (want == "") {
			t.Errorf("%s: nested %v, want %q; diagnostics %v", url, nested, want, inv.Diags)
		}
	}
}

// TestUnknownParameters checks that no default is used when it cannot be told which parameters a stack passes.
func TestUnknownParameters(t *testing.T) {
	t.Parallel()
	files := mutual{"c.yaml": "Parameters: {P: {Type: String, Default: d}}\nResources:\n  R: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref P}}\n"}
	const top = `
Parameters: {Own: {Type: String}}
Conditions: {Custom: !Equals [!Ref Own, "yes"]}
Resources:
  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: c.yaml, Parameters: !If [Custom, {P: x}, !Ref "AWS::NoValue"]}}
`
	inv, _ := cloudformation.Read("t.yaml", []byte(top), files, cloudformation.Options{})
	if len(inv.Resources) != 2 {
		t.Fatalf("resources %v, diagnostics %v", inv.Resources, inv.Diags)
	}
	v := inv.Resources[1].Get("QueueName")
	if !v.IsUnknown() || len(v.Unresolved()) == 0 || v.Unresolved()[0].Name != "parameter Own" {
		t.Errorf("QueueName = %s, unresolved %v", v.Display(), v.Unresolved())
	}
}

// TestGlobals checks how Globals and a function's own properties are joined.
func TestGlobals(t *testing.T) {
	t.Parallel()
	const template = `
Transform: AWS::Serverless-2016-10-31
Conditions: {C: !Equals [a, b]}
Globals: {Function: {Timeout: 3, Layers: [a], VpcConfig: !If [C, {SubnetIds: [x]}, {SubnetIds: [y]}], Environment: {Variables: {A: 1, B: 1}}}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: x, Layers: [b], VpcConfig: !If [C, {SubnetIds: [p]}, {SubnetIds: [q]}], Environment: {Variables: {B: 2}}}
  Without:
    Type: AWS::Serverless::Function
    IgnoreGlobals: [Layers, Environment]
    Properties: {InlineCode: x}
  Bare:
    Type: AWS::Serverless::Function
    IgnoreGlobals: "*"
    Properties: {InlineCode: x}
`
	inv, _ := cloudformation.Read("t.yaml", []byte(template), nil, cloudformation.Options{})
	got := map[string]string{}
	for _, r := range inv.Resources {
		if r.Type == "AWS::Lambda::Function" {
			got[r.Address] = fmt.Sprint(r.Get("Timeout").Display(), r.Get("Layers").Display(), r.Get("VpcConfig.SubnetIds").Display(),
				r.Get("Environment.Variables.A").Display(), r.Get("Environment.Variables.B").Display())
		}
	}
	want := map[string]string{
		"F":       "3[a, b][q]12",
		"Without": "3(not set)[y](not set)(not set)",
		"Bare":    "(not set)(not set)(not set)(not set)(not set)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("functions (-want +got):\n%s\n%v", diff, inv.Diags)
	}
}

func FuzzRead(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*/template.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range seeds {
		data, err := os.ReadFile(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, s := range []string{"{", "Resources: {A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml}}}", "Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: Api}}}}}"} {
		f.Add([]byte(s))
	}
	opts := cloudformation.Options{Types: vocabulary.Load()}
	child := mutual{"child.yaml": "Resources: {Q: {Type: AWS::SQS::Queue}}", "t.yaml": "Resources: {}"}
	f.Fuzz(func(t *testing.T, data []byte) {
		cloudformation.Is(data)
		one, _ := cloudformation.Read("t.yaml", data, child, opts)
		two, _ := cloudformation.Read("t.yaml", data, child, opts)
		if dump(one, nil) != dump(two, nil) {
			t.Error("two readings of the same bytes differ")
		}
		for _, r := range one.Resources {
			if r.Address == "" || r.Type == "" || r.Properties.Kind() != inventory.Map && !r.Properties.IsUnknown() {
				t.Errorf("resource %+v is not whole", r)
			}
		}
	})
}

// generate writes a template of n resources that refer to each other.
func generate(n int) []byte {
	var b strings.Builder
	b.WriteString("AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Env: {Type: String, Default: dev}\nConditions:\n  Prod: !Equals [!Ref Env, prod]\nResources:\n")
	for i := range n {
		fmt.Fprintf(&b, "  Function%d:\n    Type: AWS::Lambda::Function\n    Properties:\n      FunctionName: !Sub \"${Env}-f%d\"\n      Runtime: python3.13\n      Handler: app.handler\n"+
			"      Role: !GetAtt Function%d.Arn\n      MemorySize: !If [Prod, 1024, 256]\n      Environment:\n        Variables:\n          TABLE: !Ref Function%d\n          REGION: !Ref AWS::Region\n"+
			"      Tags:\n        - {Key: env, Value: !Ref Env}\n        - {Key: team, Value: shop}\n", i, i, (i+1)%n, (i+2)%n)
	}
	return []byte(b.String())
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		data := generate(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				inv, _ := cloudformation.Read("t.yaml", data, nil, cloudformation.Options{})
				if len(inv.Resources) != n {
					b.Fatalf("%d resources", len(inv.Resources))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/resource")
		})
	}
}

func BenchmarkIsForeign(b *testing.B) {
	data := []byte(`{"a": [` + strings.Repeat(`{"name": "x", "values": {"Type": "AWS::S3::Bucket"}},`, 200_000) + `0]}`)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if cloudformation.Is(data) {
			b.Fatal("recognised")
		}
	}
}
