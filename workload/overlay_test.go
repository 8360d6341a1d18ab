package workload

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
)

const (
	typeVersioning = "AWS::S3::BucketVersioning"
	typePAB        = "AWS::S3::BucketPublicAccessBlock"
)

func bucket(props p) *inventory.Resource { return res(typeBucket, "aws_s3_bucket.b", props) }

func versioning(name string, of any, status string) *inventory.Resource {
	return res(typeVersioning, "aws_s3_bucket_versioning."+name, p{"Bucket": of, "VersioningConfiguration": p{"Status": status}})
}

// TestOverlay checks what a bucket's part says of versioning when a resource of its own sets it.
func TestOverlay(t *testing.T) {
	t.Parallel()
	b := ref("aws_s3_bucket.b.id")
	tests := []struct {
		name string
		in   rs
		want string
	}{
		{"none", rs{bucket(nil)}, "(not set)"},
		{"by reference", rs{bucket(nil), versioning("v", b, "Enabled")}, "Enabled"},
		{"by name", rs{bucket(p{"BucketName": "logs"}), versioning("v", "logs", "Enabled")}, "Enabled"},
		{"of another bucket", rs{bucket(p{"BucketName": "logs"}), versioning("v", "other", "Enabled")}, "(not set)"},
		{"wins over the bucket's own", rs{bucket(p{"VersioningConfiguration": p{"Status": "Suspended"}}), versioning("v", b, "Enabled")}, "Enabled"},
		{"by way of another part", rs{bucket(nil), res(typePAB, "aws_s3_bucket_public_access_block.a", p{"Bucket": b}),
			versioning("v", ref("aws_s3_bucket_public_access_block.a.bucket"), "Enabled")}, "Enabled"},
		{"may be absent", rs{bucket(nil), maybe(versioning("v", b, "Enabled"))}, "(unknown)"},
		{"absent only with its bucket", rs{maybe(bucket(nil)), maybe(versioning("v", b, "Enabled"))}, "Enabled"},
		{"set twice", rs{bucket(nil), versioning("v", b, "Enabled"), versioning("w", b, "Suspended")}, "(unknown)"},
		{"of one of two buckets", rs{bucket(nil), res(typeBucket, "aws_s3_bucket.c", nil),
			versioning("v", choice("var.b", "aws_s3_bucket.b.id", "aws_s3_bucket.c.id"), "Enabled")}, "(unknown)"},
		{"of a bucket by an unset name", rs{bucket(nil), versioning("v", unset("var.bucket"), "Enabled")}, "(not set)"},
		{"of a bucket in an unread module", rs{bucket(nil), versioning("v", ref("module.s3.id"), "Enabled")}, "(not set)"},
		{"looked up", rs{bucket(nil), lookup(typeVersioning, "data.v", p{"Bucket": b, "VersioningConfiguration": p{"Status": "Enabled"}})}, "(not set)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := one(t, find(tt.in, "module.s3"), "aws_s3_bucket.b")
			got := w.Parts["bucket"].Resource.Get("VersioningConfiguration.Status")
			if got.Display() != tt.want {
				t.Errorf("got %s, want %s", got.Display(), tt.want)
			}
			if got.IsUnknown() && len(got.Unresolved()) == 0 {
				t.Error("it is unknown and does not say why")
			}
		})
	}
}

// TestOverlayKeeps checks that a view leaves the inventory as it is, takes nothing that only names the owner, and keeps
// each property's place.
func TestOverlayKeeps(t *testing.T) {
	t.Parallel()
	b := bucket(p{"BucketName": "logs"})
	v := versioning("v", ref("aws_s3_bucket.b.id"), "Enabled")
	v.Properties = inventory.MapValue([]inventory.Property{
		{Name: "Bucket", Value: v.Get("Bucket")},
		{Name: "ExpectedBucketOwner", Value: val("111122223333")},
		{Name: "VersioningConfiguration", Value: val(p{"Status": "Enabled"}).WithOrigin(place2)},
	}, place2)
	w := one(t, find(rs{b, v}), "aws_s3_bucket.b")
	view := w.Parts["bucket"].Resource
	var got []string
	for _, prop := range view.Properties.Properties() {
		got = append(got, prop.Name)
	}
	if diff := cmp.Diff([]string{"BucketName", "VersioningConfiguration"}, got); diff != "" {
		t.Errorf("properties of the view (-want +got):\n%s", diff)
	}
	if view.Type != typeBucket || view.Address != b.Address || view.Origin != b.Origin || view.Get("VersioningConfiguration").Origin() != place2 {
		t.Errorf("the view is %s %s at %s, versioning at %s", view.Type, view.Address, view.Origin, view.Get("VersioningConfiguration").Origin())
	}
	if w.Root != b || !b.Get("VersioningConfiguration").IsNull() {
		t.Error("the bucket of the inventory was changed or is not the root")
	}
}

// TestClusterOverlay checks that the capacity providers of a cluster, a resource of its own in both languages, show on
// the cluster that is a part of a service.
func TestClusterOverlay(t *testing.T) {
	t.Parallel()
	link := res(typeProviderLink, "link.l", p{"Cluster": ref("c.c.name"), "CapacityProviders": l{"FARGATE"}})
	w := one(t, find(rs{res(typeCluster, "c.c", nil), link, service(p{"Cluster": ref("c.c.id"), "LaunchType": "FARGATE"})}), "service.s")
	if got := w.Parts["cluster"].Resource.Get("CapacityProviders").Display(); got != "[FARGATE]" {
		t.Errorf("capacity providers of the cluster are %s", got)
	}
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	const typeQueuePolicy, typeURL = "AWS::SQS::QueuePolicy", "AWS::Lambda::Url"
	q := res(typeQueue, "q.q", nil)
	fn := res(typeFunction, "f.f", p{"PackageType": "Zip", "FunctionName": "f"})
	tests := []struct {
		name, root, role string
		in               rs
		want             string
	}{
		{"bucket policy", "aws_s3_bucket.b", "policy", rs{bucket(nil), res("AWS::S3::BucketPolicy", "p.p", p{"Bucket": ref("aws_s3_bucket.b.id")})}, "p.p"},
		{"queue policy of a list", "q.q", "policy", rs{q, res(typeQueuePolicy, "p.p", p{"Queues": l{ref("q.other.id"), ref("q.q.id")}})}, "p.p"},
		{"queue policy of one", "q.q", "policy", rs{q, res(typeQueuePolicy, "p.p", p{"Queues": ref("q.q.id")})}, "p.p"},
		{"topic policy", "t.t", "policy", rs{res(typeTopic, "t.t", nil), res("AWS::SNS::TopicPolicy", "p.p", p{"Topics": l{ref("t.t.arn")}})}, "p.p"},
		{"function URL", "f.f", "url", rs{fn, res(typeURL, "u.u", p{"TargetFunctionArn": "f", "AuthType": "NONE"})}, "u.u"},
		{"first of two", "f.f", "url", rs{fn, res(typeURL, "u.a", p{"TargetFunctionArn": "f"}), res(typeURL, "u.b", p{"TargetFunctionArn": "f"})}, "u.a"},
		{"may be absent", "f.f", "url", rs{fn, maybe(res(typeURL, "u.u", p{"TargetFunctionArn": "f"}))}, "unknown: var.create has no value and no default"},
		{"one may be absent, one is there", "f.f", "url", rs{fn, maybe(res(typeURL, "u.a", p{"TargetFunctionArn": "f"})), res(typeURL, "u.b", p{"TargetFunctionArn": "f"})}, "u.b"},
		{"of another function", "f.f", "url", rs{fn, res(typeURL, "u.u", p{"TargetFunctionArn": "g"})}, "absent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := part(one(t, find(tt.in), tt.root), tt.role); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestInvokers(t *testing.T) {
	t.Parallel()
	fn := res(typeFunction, "f.f", p{"PackageType": "Zip"})
	permission := func(name string, props p) *inventory.Resource {
		props["FunctionName"] = ref("f.f.arn")
		return res(typePermission, "perm."+name, props)
	}
	tests := []struct {
		name string
		in   rs
		want string
	}{
		{"none", nil, "absent"},
		{"a service", rs{permission("a", p{"Principal": "s3.amazonaws.com"})}, "Anyone=false Principals=[s3.amazonaws.com]"},
		{"everyone", rs{permission("a", p{"Principal": "*"})}, "Anyone=true Principals=[*]"},
		{"everyone in an organisation", rs{permission("a", p{"Principal": "*", "PrincipalOrgID": "o-1"})}, "Anyone=false Principals=[*]"},
		{"everyone from a resource of the input", rs{permission("a", p{"Principal": "*", "SourceArn": ref("x.y.arn")})}, "Anyone=false Principals=[*]"},
		{"everyone, perhaps narrowed", rs{permission("a", p{"Principal": "*", "SourceArn": unset("var.source")})}, "Anyone=(unknown) Principals=[*]"},
		{"unset principal", rs{permission("a", p{"Principal": unset("var.who")})}, "Anyone=(unknown) Principals=[(unknown)]"},
		{"everyone, perhaps", rs{maybe(permission("a", p{"Principal": "*"}))}, "Anyone=(unknown) Principals=[*]"},
		{"one of three", rs{permission("a", p{"Principal": unset("var.who")}), permission("b", p{"Principal": "*"}), permission("c", p{"Principal": unset("var.who")})},
			"Anyone=true Principals=[(unknown), *, (unknown)]"},
		{"service and an unset one", rs{permission("a", p{"Principal": "s3.amazonaws.com"}), permission("b", p{"Principal": unset("var.who")})},
			"Anyone=(unknown) Principals=[s3.amazonaws.com, (unknown)]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := part(one(t, find(append(rs{fn}, tt.in...)), "f.f"), "invokers"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestDatabaseInstances(t *testing.T) {
	t.Parallel()
	cluster := res(typeDBCluster, "db.c", p{"Engine": "aurora-mysql"})
	instance := func(name string, upgrade any) *inventory.Resource {
		return res(typeDBInst, "db."+name, p{"DBClusterIdentifier": ref("db.c.id"), "AutoMinorVersionUpgrade": upgrade})
	}
	many := instance("m", true)
	many.ManyUnknown = true
	tests := []struct {
		name string
		in   rs
		want string
	}{
		{"none", nil, "absent"},
		{"all say so", rs{instance("a", true), instance("b", "true")}, "AutoMinorVersionUpgrade=true Count=2"},
		{"not set is on", rs{instance("a", nil), instance("b", true)}, "AutoMinorVersionUpgrade=true Count=2"},
		{"one is off", rs{instance("a", true), instance("b", false)}, "AutoMinorVersionUpgrade=false Count=2"},
		{"one is unset", rs{instance("a", true), instance("b", unset("var.u"))}, "AutoMinorVersionUpgrade=(unknown) Count=2"},
		{"off beside unset", rs{instance("a", unset("var.u")), instance("b", false)}, "AutoMinorVersionUpgrade=false Count=2"},
		{"off, perhaps", rs{instance("a", true), maybe(instance("b", false))}, "AutoMinorVersionUpgrade=(unknown) Count=(unknown)"},
		{"on, perhaps", rs{instance("a", true), maybe(instance("b", true))}, "AutoMinorVersionUpgrade=true Count=(unknown)"},
		{"an unknown number", rs{many}, "AutoMinorVersionUpgrade=true Count=(unknown)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ws := find(append(rs{cluster}, tt.in...))
			w := one(t, ws, "db.c")
			if got := part(w, "dbInstances"); got != tt.want || len(ws) != 1 {
				t.Errorf("got %s and %d workloads\nwant %s and one", got, len(ws), tt.want)
			}
			if p, ok := w.Parts["dbInstances"]; ok && len(p.Because) != len(tt.in) {
				t.Errorf("%d reasons for %d instances", len(p.Because), len(tt.in))
			}
		})
	}
}

func TestBottlerocketUpdater(t *testing.T) {
	t.Parallel()
	host := rs{res(typeInstance, "i.x", p{"ImageId": "resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id"})}
	task := func(image string) *inventory.Resource {
		return res(typeTaskDefinition, "task.u", p{"ContainerDefinitions": l{p{"Image": image}}})
	}
	tests := []struct {
		name string
		in   rs
		want string
	}{
		{"nothing shows one", nil, "Updater=(unknown)"},
		{"another task", rs{task("nginx")}, "Updater=(unknown)"},
		{"its task", rs{task("public.ecr.aws/bottlerocket/bottlerocket-ecs-updater:v0.2.2")}, "Updater=true"},
		{"its stack", rs{res("AWS::CloudFormation::Stack", "stack.u", p{"TemplateURL": "https://example.com/bottlerocket-ecs-updater.yaml"})}, "Updater=true"},
		{"its operator", rs{res("Deployment", "Deployment/brupop/controller", p{"spec": p{"template": p{"spec": p{"containers": l{p{"image": "public.ecr.aws/bottlerocket/bottlerocket-update-operator:v1.6.0"}}}}}})}, "Updater=true"},
		{"in another root", rs{in("other", task("bottlerocket-ecs-updater"))}, "Updater=(unknown)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := part(one(t, find(append(host, tt.in...)), "i.x"), "image")
			if want := "Kind=bottlerocket Publisher=aws Tracking=true " + tt.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	linux := find(rs{res(typeInstance, "i.x", p{"ImageId": "resolve:ssm:/aws/service/ecs/x"}), task("bottlerocket-ecs-updater")})
	if got := part(one(t, linux, "i.x"), "image"); strings.Contains(got, "Updater") {
		t.Errorf("an image that is not Bottlerocket has an updater: %s", got)
	}
}

func TestInstanceRefresh(t *testing.T) {
	t.Parallel()
	group := func(refresh any) rs { return rs{res(typeGroup, "asg.g", p{"InstanceRefresh": refresh})} }
	tests := []struct {
		name string
		in   rs
		want string
	}{
		{"not said", group(nil), "AutoScalingGroup=true ManagedScaling=false Policy=false"},
		{"said", group(l{p{"Strategy": "Rolling"}}), "AutoScalingGroup=true InstanceRefresh=true ManagedScaling=false Policy=false"},
		{"unset", group(unset("var.refresh")), "AutoScalingGroup=true InstanceRefresh=(unknown) ManagedScaling=false Policy=false"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := part(one(t, find(tt.in), "asg.g"), "scaling"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
