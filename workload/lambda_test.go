package workload

import (
	"strings"
	"testing"

	"github.com/onus-dev/onus/inventory"
)

func fn(props p) *inventory.Resource { return res(typeFunction, "fn.f", props) }

func TestLambdaHosting(t *testing.T) {
	t.Parallel()
	edge := func(arn any) *inventory.Resource {
		return res(typeDistribution, "cf.d", p{"DistributionConfig": p{"DefaultCacheBehavior": p{
			"LambdaFunctionAssociations": l{p{"EventType": "viewer-request", "LambdaFunctionARN": arn}}}}})
	}
	lmi := p{"LambdaManagedInstancesCapacityProviderConfig": p{"CapacityProviderArn": ref("cp.c.arn")}}
	runHosting(t, []hostingCase{
		{name: "Zip", in: rs{fn(p{"PackageType": "Zip"})}, want: []string{"fn.f lambda-zip"}},
		{name: "Image", in: rs{fn(p{"PackageType": "Image"})}, want: []string{"fn.f lambda-image"}},
		{name: "not set", in: rs{fn(p{"Runtime": "python3.13"})}, want: []string{"fn.f lambda-zip"}},
		{name: "image URI without package type", in: rs{fn(p{"Code": p{"ImageUri": "1.dkr.ecr/x:1"}})}, want: []string{"fn.f lambda-image"}},
		{name: "image URI from a repository", in: rs{fn(p{"Code": p{"ImageUri": ref("ecr.r.url")}})}, want: []string{"fn.f lambda-image"}},
		{name: "unset image URI", in: rs{fn(p{"Code": p{"ImageUri": unset("var.i")}})}, want: []string{"fn.f unknown(lambda-zip|lambda-image)"}},
		{name: "unset image URI beside a runtime", in: rs{fn(p{"Code": p{"ImageUri": unset("var.i")}, "Runtime": "nodejs22.x"})}, want: []string{"fn.f lambda-zip"}},
		{name: "unknown package type", in: rs{fn(p{"PackageType": unset("var.p"), "Runtime": "nodejs22.x"})}, want: []string{"fn.f unknown(lambda-zip|lambda-image)"}},
		{name: "undocumented package type", in: rs{fn(p{"PackageType": "Tar"})}, want: []string{"fn.f unknown"}},
		{name: "managed instances", in: rs{fn(p{"CapacityProviderConfig": lmi})}, want: []string{"fn.f lambda-managed-instances"}},
		{name: "managed instances unknown", in: rs{fn(p{"CapacityProviderConfig": unset("var.c")})}, want: []string{"fn.f unknown(lambda-managed-instances|lambda-zip)"}},
		{name: "both unknown", in: rs{fn(p{"CapacityProviderConfig": unset("var.c"), "PackageType": unset("var.p")})},
			want: []string{"fn.f unknown(lambda-managed-instances|lambda-zip|lambda-image)"}},
		{name: "edge by qualified ARN", in: rs{fn(nil), edge(ref("fn.f.qualified_arn"))}, want: []string{"cf.d cloudfront", "fn.f lambda-edge"}},
		{name: "edge by version", in: rs{fn(nil), edge(ref("ver.v.Arn")), res(typeVersion, "ver.v", p{"FunctionName": ref("fn.f.Ref")})},
			want: []string{"cf.d cloudfront", "fn.f lambda-edge"}},
		{name: "edge by literal ARN", in: rs{fn(p{"FunctionName": "auth"}), edge("arn:aws:lambda:us-east-1:123456789012:function:auth:7")},
			want: []string{"cf.d cloudfront", "fn.f lambda-edge"}},
		{name: "edge in another cache behaviour",
			in: rs{fn(nil), res(typeDistribution, "cf.d", p{"DistributionConfig": p{"CacheBehaviors": l{p{"PathPattern": "/a"},
				p{"LambdaFunctionAssociations": l{p{"LambdaFunctionARN": ref("fn.f.qualified_arn")}}}}}})}, want: []string{"cf.d cloudfront", "fn.f lambda-edge"}},
		{name: "role that trusts the edge is no proof",
			in: rs{fn(p{"Role": ref("role.r.arn")}), res(typeRole, "role.r", p{"AssumeRolePolicyDocument": `{"Principal":{"Service":["edgelambda.amazonaws.com"]}}`})}, want: []string{"fn.f lambda-zip"}},
		{name: "what belongs to a function is none", in: rs{res(typeVersion, "v", nil), res(typeAlias, "a", nil), res("AWS::Lambda::LayerVersion", "l", nil), res("AWS::Lambda::Permission", "p", nil)}},
	})
}

func TestEdgeTrustIsSaid(t *testing.T) {
	t.Parallel()
	for name, trust := range map[string]any{
		"document": p{"Statement": l{p{"Principal": p{"Service": l{"lambda.amazonaws.com", "edgelambda.amazonaws.com"}}}}},
		"lookup":   ref("data.doc.json"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := one(t, find(rs{fn(p{"Role": ref("role.r.arn")}), res(typeRole, "role.r", p{"AssumeRolePolicyDocument": trust}),
				lookup("onus::PolicyDocument", "data.doc", p{"Statement": l{p{"Principals": "edgelambda.amazonaws.com"}}})}), "fn.f")
			if !strings.Contains(w.Why, "trusts Lambda@Edge") {
				t.Errorf("why is %q", w.Why)
			}
			if got := part(w, "role"); got != "role.r" {
				t.Errorf("role is %s", got)
			}
		})
	}
}

func TestRuntimeUpdates(t *testing.T) {
	t.Parallel()
	mode := func(m any) p { return p{"RuntimeManagementConfig": p{"UpdateRuntimeOn": m}} }
	config := func(m, qualifier any) *inventory.Resource {
		return res(typeRuntimeConfig, "rmc.c", p{"FunctionName": ref("fn.f.function_name"), "UpdateRuntimeOn": m, "Qualifier": qualifier})
	}
	alias := func(version any) *inventory.Resource {
		return res(typeAlias, "alias.live", p{"FunctionName": ref("fn.f.function_name"), "FunctionVersion": version})
	}
	version := func(policy any) *inventory.Resource {
		props := p{"FunctionName": ref("fn.f.Ref")}
		if policy != nil {
			props["RuntimePolicy"] = p{"UpdateRuntimeOn": policy}
		}
		return res(typeVersion, "ver.v", props)
	}
	const unknown = "(unknown)"
	tests := []struct {
		name string
		in   rs
		mode string
		from string
	}{
		{"nothing configured", rs{fn(nil)}, "Auto", "$LATEST"},
		{"function's own config", rs{fn(mode("Manual"))}, "Manual", "$LATEST"},
		{"function's own config, FunctionUpdate", rs{fn(mode("FunctionUpdate"))}, "FunctionUpdate", "$LATEST"},
		{"unset mode", rs{fn(mode(unset("var.m")))}, unknown, "$LATEST"},
		{"mode that does not exist", rs{fn(mode("Never"))}, unknown, "$LATEST"},
		{"separate config", rs{fn(nil), config("Manual", nil)}, "Manual", "$LATEST"},
		{"separate config of $LATEST", rs{fn(nil), config("FunctionUpdate", "$LATEST")}, "FunctionUpdate", "$LATEST"},
		{"separate config by literal name", rs{fn(p{"FunctionName": "api"}), res(typeRuntimeConfig, "rmc.c", p{"FunctionName": "api", "UpdateRuntimeOn": "Manual"})}, "Manual", "$LATEST"},
		{"separate config of another function", rs{fn(nil), res(typeFunction, "fn.g", p{"Runtime": "nodejs22.x"}), res(typeRuntimeConfig, "rmc.c", p{"FunctionName": ref("fn.g.name"), "UpdateRuntimeOn": "Manual"})}, "Auto", "$LATEST"},
		{"separate config of an unset function may be this one's", rs{fn(nil), res(typeRuntimeConfig, "rmc.c", p{"FunctionName": unset("var.f"), "UpdateRuntimeOn": "Manual"})}, unknown, "$LATEST"},
		{"separate config of a generated name may be this one's", rs{fn(nil), res(typeRuntimeConfig, "rmc.c", p{"FunctionName": ref("random_pet.n.id"), "UpdateRuntimeOn": "Manual"})}, unknown, "$LATEST"},
		{"separate config of a function looked up by a name that is unset", rs{fn(nil), lookup(typeFunction, "data.fn.d", p{"FunctionName": unset("var.q")}),
			res(typeRuntimeConfig, "rmc.c", p{"FunctionName": ref("data.fn.d.function_name"), "UpdateRuntimeOn": "Manual"})}, unknown, "$LATEST"},
		{"separate config of a function looked up by another name", rs{fn(nil), lookup(typeFunction, "data.fn.d", p{"FunctionName": "other"}),
			res(typeRuntimeConfig, "rmc.c", p{"FunctionName": ref("data.fn.d.function_name"), "UpdateRuntimeOn": "Manual"})}, "Auto", "$LATEST"},
		{"separate config of an unset function that says Auto", rs{fn(nil), res(typeRuntimeConfig, "rmc.c", p{"FunctionName": unset("var.f"), "UpdateRuntimeOn": "Auto"})}, "Auto", "$LATEST"},
		{"separate config without mode", rs{fn(nil), config(nil, nil)}, "Auto", "$LATEST"},
		{"both configs, the less automatic wins", rs{fn(mode("Auto")), config("Manual", nil)}, "Manual", "$LATEST"},
		{"config of a version that is not live", rs{fn(nil), config("Manual", "7")}, "Auto", "$LATEST"},
		{"config of an unset version", rs{fn(nil), config("Manual", unset("var.q"))}, unknown, "$LATEST"},
		{"config that may be absent", rs{fn(nil), maybe(config("Manual", nil))}, unknown, "$LATEST"},
		{"config that may be absent and says Auto", rs{fn(nil), maybe(config("Auto", nil))}, "Auto", "$LATEST"},
		{"alias to $LATEST", rs{fn(mode("Manual")), alias("$LATEST")}, "Manual", "$LATEST"},
		{"alias to the published version, nothing configured", rs{fn(nil), alias(ref("fn.f.version"))}, "Auto", "live"},
		{"alias to the published version, $LATEST Manual", rs{fn(mode("Manual")), alias(ref("fn.f.version"))}, "Manual", "live"},
		{"alias to a version that the config names", rs{fn(nil), alias(ref("fn.f.version")), config("Manual", ref("fn.f.version"))}, "Manual", unknown},
		{"alias to a version resource with a policy", rs{fn(nil), alias(ref("ver.v.Version")), version("Manual")}, "Manual", "v"},
		{"version's Auto beside $LATEST Manual", rs{fn(mode("Manual")), alias(ref("ver.v.Version")), version("Auto")}, "Auto", "v"},
		{"version without a policy", rs{fn(nil), alias(ref("ver.v.Version")), version(nil)}, "Auto", "live"},
		{"alias to a number that nothing tells of", rs{fn(nil), alias("7")}, unknown, "live"},
		{"alias to a number that a config names", rs{fn(nil), alias("7"), config("Auto", "7")}, "Auto", "7"},
		{"alias to an unset version", rs{fn(nil), alias(unset("var.v"))}, unknown, "live"},
		{"weighted version in Manual",
			rs{fn(nil), version("Manual"), res(typeAlias, "alias.live", p{"FunctionName": ref("fn.f.arn"), "FunctionVersion": ref("fn.f.version"),
				"RoutingConfig": p{"AdditionalVersionWeights": l{p{"FunctionVersion": ref("ver.v.Version"), "FunctionWeight": 1}}}})}, "Manual", "v"},
		{"unknown weights", rs{fn(nil), res(typeAlias, "alias.live", p{"FunctionName": ref("fn.f.arn"), "FunctionVersion": ref("fn.f.version"),
			"RoutingConfig": p{"AdditionalVersionWeights": unset("var.w")}})}, unknown, "live"},
		{"Manual outweighs an unknown alias", rs{fn(mode("Manual")), alias("$LATEST"),
			res(typeAlias, "alias.b", p{"FunctionName": ref("fn.f.arn"), "FunctionVersion": unset("var.v")})}, "Manual", "$LATEST"},
		{"unknown outweighs FunctionUpdate", rs{fn(mode("FunctionUpdate")), alias("$LATEST"),
			res(typeAlias, "alias.b", p{"FunctionName": ref("fn.f.arn"), "FunctionVersion": unset("var.v")})}, unknown, "b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := one(t, find(tt.in), "fn.f")
			want := "Mode=" + tt.mode + " Qualifier=" + tt.from
			if got := part(w, "updates"); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestRuntimeUpdatesReasons(t *testing.T) {
	t.Parallel()
	w := one(t, find(rs{fn(nil)}), "fn.f")
	because := w.Parts["updates"].Because
	if len(because) != 1 || because[0].Property != "AWS::Lambda::Function.RuntimeManagementConfig.UpdateRuntimeOn" || because[0].Value.Display() != "(not set)" {
		t.Errorf("reasons are %v", because)
	}
	image := one(t, find(rs{fn(p{"PackageType": "Image"})}), "fn.f")
	if got := part(image, "updates"); got != "absent" {
		t.Errorf("an image has runtime updates: %s", got)
	}
}
