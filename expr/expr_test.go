package expr

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

var here = diag.Range{Path: "main.tf", Line: 3, Column: 5}

func str(s string) inventory.Value             { return inventory.StringValue(s, here) }
func num(n float64) inventory.Value            { return inventory.NumberValue(n, here) }
func boolean(b bool) inventory.Value           { return inventory.BoolValue(b, here) }
func lst(v ...inventory.Value) inventory.Value { return inventory.ListValue(v, here) }
func unk() inventory.Value                     { return inventory.UnknownValue(here) }

func obj(pairs ...any) inventory.Value {
	var props []inventory.Property
	for i := 0; i < len(pairs); i += 2 {
		props = append(props, inventory.Property{Name: pairs[i].(string), Value: pairs[i+1].(inventory.Value)})
	}
	return inventory.MapValue(props, here)
}

func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// testEnv declares a function, a service, a node group and one table.
func testEnv(t testing.TB) *Env {
	t.Helper()
	return New(vocabulary.Load()).Env(Declarations{
		Parts: map[string]string{
			"function": "AWS::Lambda::Function", "service": "AWS::ECS::Service", "nodes": "AWS::EKS::Nodegroup",
			"queue": "AWS::SQS::Queue", "scaling": "onus::Scaling",
		},
		Tables: map[string]Table{"runtimeEnd": {"python3.8": date("2024-10-14"), "python3.13": date("2029-10-01")}},
	})
}

func compile(t testing.TB, env *Env, text string) *Program {
	t.Helper()
	p, diags := env.Compile(FromText(text, diag.Range{Path: "x.yaml", Line: 1, Column: 1}))
	if len(diags) > 0 {
		t.Fatalf("compile %q: %v", text, diags)
	}
	return p
}

func testParts() map[string]inventory.Value {
	return map[string]inventory.Value{
		"function": obj(
			"PackageType", str("Zip"), "Runtime", str("python3.8"), "Timeout", str("80"), "MemorySize", unk(),
			"Architectures", lst(str("arm64")), "Layers", lst(str("a"), unk()), "KmsKeyArn", unk(),
			"PublishToLatestPublished", str("true"), "Tags", obj("env", str("prod"), "team", unk()),
			"VpcConfig", obj("SubnetIds", unk()), "EphemeralStorage", obj("Size", num(512.5)), "Code", lst(obj("ImageUri", str("123.dkr.ecr/app:1"))),
			"Description", lst(str("a"), str("b")),
		),
		"service": obj("CapacityProviderStrategy", lst(
			obj("CapacityProvider", str("FARGATE"), "Weight", num(1)), obj("CapacityProvider", unk(), "Weight", num(0)))),
		"nodes":   unk(),
		"scaling": obj("ManagedScaling", boolean(true)),
		"queue":   obj("RedrivePolicy", obj("maxReceiveCount", num(3), "deadLetterTargetArn", unk())),
	}
}

func TestEval(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cond string
		want Truth
	}{
		// equality and coercion
		{`function.PackageType == "Zip"`, True},
		{`function.PackageType != "Zip"`, False},
		{`function.Timeout > 60 && function.Timeout == 80`, True},
		{`function.PublishToLatestPublished == true`, True},
		{`function.Code.ImageUri.startsWith("123.")`, True},
		{`function.Description == "a"`, Unknown},
		{`function.EphemeralStorage.Size == 512`, Unknown}, // 512.5 is no integer
		// null
		{`function.Handler == null`, True},
		{`function.Handler != null`, False},
		{`null == function.Handler`, True},
		{`function.Handler == "x"`, False},
		{`function.Handler != "x"`, True},
		{`function.Handler.startsWith("x")`, False},
		{`function.Handler.matches("x")`, False},
		{`function.ReservedConcurrentExecutions < 5`, False},
		{`function.ReservedConcurrentExecutions >= 5`, False},
		{`function.DeadLetterConfig == null`, True},
		{`function.DeadLetterConfig.TargetArn == null`, True},
		{`function.VpcConfig != null`, True},
		{`function.FileSystemConfigs == null`, True},
		{`function.FileSystemConfigs != null`, False},
		{`function.FileSystemConfigs.exists(f, f.Arn == "x")`, False},
		{`function.FileSystemConfigs.all(f, f.Arn == "x")`, True},
		{`size(function.FileSystemConfigs) == 0`, True},
		{`function.FileSystemConfigs[0].Arn == null`, True},
		{`function.Environment.Variables == null`, True},
		{`function.Environment.Variables["X"] == null`, True},
		{`"X" in function.Environment.Variables`, False},
		{`scaling.AutoScalingGroup == true`, False},
		{`scaling.AutoScalingGroup != true`, True},
		{`queue.KmsMasterKeyId == null && queue.RedriveAllowPolicy == null`, True},
		{`queue.RedriveAllowPolicy.a.b == null`, True},
		{`queue.RedriveAllowPolicy.a == "x"`, False},
		// any JSON
		{`queue.RedrivePolicy.maxReceiveCount == 3`, True},
		{`queue.RedrivePolicy.maxReceiveCount > 2`, True},
		{`queue.RedrivePolicy.other == null`, True},
		{`queue.RedrivePolicy.deadLetterTargetArn == "x"`, Unknown},
		// unknown
		{`function.MemorySize == 128`, Unknown},
		{`function.MemorySize != 128`, Unknown},
		{`function.MemorySize > 128`, Unknown},
		{`function.MemorySize == null`, Unknown},
		{`function.MemorySize != null`, Unknown},
		{`function.KmsKeyArn == function.KmsKeyArn`, Unknown},
		{`function.KmsKeyArn.startsWith("arn")`, Unknown},
		{`function.KmsKeyArn.matches("arn")`, Unknown},
		{`function.KmsKeyArn in ["a", "b"]`, Unknown},
		{`!(function.KmsKeyArn == "x")`, Unknown},
		{`function.KmsKeyArn == "x" && function.PackageType == "Image"`, False},
		{`function.PackageType == "Image" && function.KmsKeyArn == "x"`, False},
		{`function.KmsKeyArn == "x" && function.PackageType == "Zip"`, Unknown},
		{`function.KmsKeyArn == "x" || function.PackageType == "Zip"`, True},
		{`function.KmsKeyArn == "x" || function.PackageType == "Image"`, Unknown},
		{`function.KmsKeyArn == "x" ? true : false`, Unknown},
		{`function.PackageType == "Zip" ? true : function.KmsKeyArn == "x"`, True},
		{`(function.PackageType == "Zip" ? function.KmsKeyArn : "y") == "x"`, Unknown},
		// lists
		{`"arm64" in function.Architectures`, True},
		{`"a" in function.Layers`, True},
		{`"z" in function.Layers`, Unknown},
		{`"z" in function.VpcConfig.SubnetIds`, Unknown},
		{`function.Architectures == ["arm64"]`, True},
		{`["arm64"] != function.Architectures`, False},
		{`function.Layers == ["a", "b"]`, Unknown},
		{`["a", "b"] == function.Layers`, Unknown},
		{`function.Layers != ["a", "b"]`, Unknown},
		{`function.Layers == ["b", "b"]`, False},
		{`function.Layers == ["a"]`, False},
		{`function.Layers.exists(l, l == "a")`, True},
		{`function.Layers.exists(l, l == "z")`, Unknown},
		{`function.Layers.all(l, l == "a")`, Unknown},
		{`function.Layers.all(l, l == "z")`, False},
		{`function.Layers.exists_one(l, l == "a")`, Unknown},
		{`function.VpcConfig.SubnetIds.exists(s, s == "a")`, Unknown},
		{`function.VpcConfig.SubnetIds.all(s, s == "a")`, Unknown},
		{`size(function.VpcConfig.SubnetIds) > 0`, Unknown},
		{`function.Layers[1] == "a"`, Unknown},
		{`function.Layers[0] == "a"`, True},
		{`function.Layers[7] == null`, True},
		{`service.CapacityProviderStrategy.exists(s, s.CapacityProvider in ["FARGATE", "FARGATE_SPOT"])`, True},
		{`service.CapacityProviderStrategy.all(s, s.CapacityProvider in ["FARGATE", "FARGATE_SPOT"])`, Unknown},
		{`service.CapacityProviderStrategy.exists(s, s.Weight > 5)`, False},
		{`service.CapacityProviderStrategy.filter(s, s.Weight > 0).all(s, s.CapacityProvider == "FARGATE")`, True},
		{`service.CapacityProviderStrategy.map(s, s.Weight) == [1, 0]`, True},
		// maps and tags
		{`"env" in function.Tags && !("x" in function.Tags)`, True},
		{`function.Tags.env == "prod" && function.Tags["env"] == "prod"`, True},
		{`function.Tags.team == "x"`, Unknown},
		{`function.Tags.nothing == null`, True},
		{`function.Tags.exists(k, k == "env")`, True},
		// a part that could not be read, a part that is absent
		{`nodes.AmiType == "CUSTOM"`, Unknown},
		{`nodes == null`, Unknown},
		{`nodes.Labels["a"] == "b"`, Unknown},
		{`nodes.LaunchTemplate.Id != null`, Unknown},
		// dates
		{`function.Runtime in runtimeEnd && runtimeEnd[function.Runtime] < asOf`, True},
		{`runtimeEnd["python3.13"] < asOf`, False},
		{`runtimeEnd["nothing"] < asOf`, False},
		{`function.Handler in runtimeEnd && runtimeEnd[function.Handler] < asOf`, False},
		{`asOf > timestamp("2026-01-01T00:00:00Z")`, True},
	}
	env := testEnv(t)
	parts := testParts()
	in := Inputs{Part: func(r string) inventory.Value { return parts[r] }, AsOf: date("2026-11-24")}
	for _, tt := range tests {
		got, err := compile(t, env, tt.cond).Eval(in)
		if err != nil || got != tt.want {
			t.Errorf("%s = %v, %v; want %v", tt.cond, got, err, tt.want)
		}
	}
}

func TestEvalFailsSafely(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	parts := testParts()
	in := Inputs{Part: func(r string) inventory.Value { return parts[r] }}
	for _, cond := range []string{
		`function.Timeout / 0 == 1`,
		`runtimeEnd[function.Handler] < asOf`,
		`function.Handler + "x" == "x"`,
		`size(function.Handler) == 1`,
		`function.PackageType.matches("(")`,
		`[1,2,3,4,5,6,7,8,9].exists(a, [1,2,3,4,5,6,7,8,9].exists(b, [1,2,3,4,5,6,7,8,9].exists(c, [1,2,3,4,5,6,7,8,9].exists(d, [1,2,3,4,5,6,7,8,9].exists(e, [1,2,3,4,5,6,7,8,9].exists(f, a+b+c+d+e+f == 0))))))`,
	} {
		got, err := compile(t, env, cond).Eval(in)
		if got != Unknown || err == nil {
			t.Errorf("%s = %v, %v; want unknown and an error", cond, got, err)
		}
	}
	if got, err := compile(t, env, `runtimeEnd["python3.8"] < asOf`).Eval(in); got != Unknown || err != nil {
		t.Errorf("no date: %v, %v; want unknown", got, err)
	}
}

func TestCompileFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cond    string
		column  int
		summary string
		detail  string
	}{
		{`function.PackagType == "Zip"`, 10, "Unknown property", `AWS::Lambda::Function has no property "PackagType". Did you mean PackageType?`},
		{`function.Code.ImageUrl == "x"`, 15, "Unknown property", `AWS::Lambda::Function.Code has no property "ImageUrl". Did you mean ImageUri?`},
		{`service.LoadBalancers.exists(l, l.ContainerPrt == 1)`, 35, "Unknown property", `AWS::ECS::Service.LoadBalancers has no property "ContainerPrt". Did you mean ContainerPort or ContainerName?`},
		{`functon.PackageType == "Zip"`, 1, "Unknown name", `There is no "functon" here. Did you mean function?`},
		{`function.Zzzzzzzzzz == "x"`, 10, "Unknown property", `AWS::Lambda::Function has no property "Zzzzzzzzzz". There are 31 names, none like it`},
		{`function.PackageType == 3`, 22, "Types do not fit", `== cannot be applied to (string, int).`},
		{`function.PackageType.startsWith(1)`, 32, "Types do not fit", `string.startsWith(int) cannot be applied.`},
		{`function.Timeout.startsWith("a")`, 28, "Types do not fit", `int.startsWith(string) cannot be applied.`},
		{`function.Runtime.Name == "x"`, 17, "Types do not fit", `A string has no properties.`},
		{`has(function.Handler)`, 4, hasSummary, hasDetail},
		{`has(function)`, 5, hasSummary, hasDetail},
		{`function.PackageType`, 1, "Condition is not true or false", `It gives a string`},
		{`scaling.ManagedScaling`, 8, "Property used as a truth value", `Compare it: == true`},
		{`!scaling.ManagedScaling`, 9, "Property used as a truth value", `Compare it`},
		{`nodes == null && scaling.ManagedScaling`, 25, "Property used as a truth value", `Compare it`},
		{`queue.RedrivePolicy.x || true`, 20, "Property used as a truth value", `Compare it`},
		{`function.Code == function.Code`, 15, "Objects cannot be compared", `Compare their properties`},
		{`function.PackageType ==`, 24, "Condition not understood", `mismatched input`},
		{strings.Repeat(`true && `, 300) + "true", 1, "Condition too long", `Split it`},
	}
	env := testEnv(t)
	for _, tt := range tests {
		p, diags := env.Compile(FromText(tt.cond, diag.Range{Path: "a.yaml", Line: 7, Column: 1}))
		if p != nil || len(diags) == 0 {
			t.Errorf("%s: compiled", tt.cond)
			continue
		}
		d := diags[0]
		if d.Summary != tt.summary || !strings.Contains(d.Detail, tt.detail) || d.Range.Column != tt.column || d.Range.Line != 7 {
			t.Errorf("%s:\n got %v\nwant column %d: %s: %s", tt.cond, d, tt.column, tt.summary, tt.detail)
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cond string
		want []string
	}{
		{`function.PackageType == "Zip" && function.Code.ImageUri == null`, []string{"function.PackageType", "function.Code.ImageUri"}},
		{`service.CapacityProviderStrategy.exists(s, s.CapacityProvider == "F" && s.Weight > 0)`,
			[]string{"service.CapacityProviderStrategy.CapacityProvider", "service.CapacityProviderStrategy.Weight"}},
		{`function.Layers.exists(l, l == function.Role)`, []string{"function.Layers", "function.Role"}},
		{`function.Layers.exists(l, true)`, []string{"function.Layers"}},
		{`size(function.Layers) > 0`, []string{"function.Layers"}},
		{`"env" in function.Tags || function.Tags["team"] == "x"`, []string{"function.Tags.env", "function.Tags.team"}},
		{`function.Runtime in runtimeEnd && runtimeEnd[function.Runtime] < asOf`, []string{"function.Runtime"}},
		{`nodes == null`, []string{"nodes."}},
		{`service.LoadBalancers[0].ContainerName == "x"`, []string{"service.LoadBalancers.ContainerName"}},
		{`service.LoadBalancers.filter(l, l.ContainerPort > 1).exists(m, m.ContainerName == "x")`,
			[]string{"service.LoadBalancers.ContainerPort", "service.LoadBalancers.ContainerName"}},
		{`true`, nil},
	}
	env := testEnv(t)
	for _, tt := range tests {
		var got []string
		for _, p := range compile(t, env, tt.cond).Paths() {
			got = append(got, p.Part+"."+p.Property)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.cond, diff)
		}
	}
}

func BenchmarkEval(b *testing.B) {
	env := testEnv(b)
	parts := testParts()
	in := Inputs{Part: func(r string) inventory.Value { return parts[r] }, AsOf: date("2026-11-24")}
	p := compile(b, env, `function.PackageType == "Zip" && function.Runtime in runtimeEnd && runtimeEnd[function.Runtime] < asOf`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Eval(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFirstCompile(b *testing.B) {
	vocab := vocabulary.Load()
	b.ReportAllocs()
	for b.Loop() {
		env := New(vocab).Env(Declarations{Parts: map[string]string{"function": "AWS::Lambda::Function"}})
		if _, d := env.Compile(FromText(`function.PackageType == "Zip"`, here)); len(d) > 0 {
			b.Fatal(d)
		}
	}
}
