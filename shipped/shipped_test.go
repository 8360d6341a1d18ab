package shipped

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/internal/softwaretest"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/software/scan"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

// linked reads a directory as a user's run does, and shows for each workload what it ships.
func linked(t *testing.T, dir string) map[string][]string {
	t.Helper()
	inv := source.Read([]string{dir}, source.Options{Boundary: dir, Types: vocabulary.Load()})
	inv.Sort()
	if inv.Diags.HasErrors() {
		t.Errorf("%v", inv.Diags)
	}
	ix := inventory.NewIndex(inv)
	soft, diags := scan.Read(context.Background(), []scan.Source{{Path: dir, Boundary: dir}}, scan.Options{})
	if len(diags) > 0 {
		t.Errorf("%v", diags)
	}
	l := New(soft, ix)
	out := map[string][]string{}
	for _, w := range workload.Find(ix, inv, workload.Options{Roots: map[string]string{"AWS::S3::Bucket": "s3"}}) {
		s := l.Of(&w)
		if s.Workload != w.ID {
			t.Errorf("%s: shipment of %s", w.Address, s.Workload)
		}
		lines := []string{}
		for _, p := range s.Parts {
			lines = append(lines, fmt.Sprintf("%s %s %s@%d: %s", p.What, p.How, p.Because.Property, p.Because.Value.Origin().Line, strings.Join(names(p.Packages()), " ")))
		}
		for _, m := range s.Missing {
			lines = append(lines, fmt.Sprintf("missing %s %s@%d: %s", m.What, m.Because.Property, m.Because.Value.Origin().Line, strings.ReplaceAll(m.Why, filepath.ToSlash(dir), "DIR")))
		}
		out[w.Address] = lines
	}
	return out
}

func names(packages []software.Package) []string {
	var out []string
	for _, p := range packages {
		out = append(out, p.Name[strings.LastIndexAny(p.Name, ":/")+1:]+"@"+p.Version)
	}
	slices.Sort(out)
	return out
}

func jar(tb testing.TB, artifact, version string) []byte {
	return softwaretest.Zip(tb, softwaretest.Text("META-INF/maven/g/"+artifact+"/pom.properties", "groupId=g\nartifactId="+artifact+"\nversion="+version+"\n"))
}

func image(tb testing.TB, pkg string, tags ...string) softwaretest.Image {
	return softwaretest.Image{Tags: tags, Layers: [][]byte{softwaretest.Tar(tb, softwaretest.Text("srv/requirements.txt", pkg+"==1.0\n"))}}
}

const terraform = `
resource "aws_lambda_function" "jar" {
  function_name = "jar"
  filename      = "fn/app.jar"
}

data "archive_file" "web" {
  type        = "zip"
  source_dir  = "web"
  output_path = "build/web.zip"
}

resource "aws_lambda_function" "web" {
  function_name = "web"
  filename      = data.archive_file.web.output_path
  layers        = [aws_lambda_layer_version.deps.arn, "arn:aws:lambda:eu-west-1:111122223333:layer:other:3"]
}

resource "aws_lambda_layer_version" "deps" {
  layer_name = "deps"
  filename   = "layers/deps.zip"
}

resource "aws_lambda_function" "typescript" {
  function_name = "typescript"
  filename      = "packages/api/dist/api.zip"
}

resource "aws_lambda_function" "python" {
  function_name = "python"
  runtime       = "python3.12"
  filename      = "packages/api/fn/index.zip"
}

resource "aws_lambda_function" "not_built" {
  function_name = "not-built"
  filename      = "dist/missing.zip"
}

resource "aws_lambda_function" "elsewhere" {
  function_name = "elsewhere"
  s3_bucket     = "artifacts"
  s3_key        = "elsewhere.zip"
}

resource "aws_s3_object" "key" {
  bucket = "artifacts"
  key    = "uploaded.zip"
  source = "fn/app.jar"
}

resource "aws_lambda_function" "uploaded" {
  function_name = "uploaded"
  s3_bucket     = "artifacts"
  s3_key        = "uploaded.zip"
}

resource "aws_ecr_repository" "app" {
  name = "team/app"
}

variable "tag" {
  type = string
}

resource "aws_ecs_task_definition" "app" {
  family                   = "app"
  requires_compatibilities = ["FARGATE"]
  container_definitions = jsonencode([
    { name = "api", image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/api:1.2" },
    { name = "app", image = "${aws_ecr_repository.app.repository_url}:${var.tag}" },
    { name = "sidecar", image = "public.ecr.aws/x/sidecar:1" },
  ])
}

resource "aws_ecs_cluster" "main" {
  name = "main"
}

resource "aws_ecs_service" "app" {
  name            = "app"
  cluster         = aws_ecs_cluster.main.id
  launch_type     = "FARGATE"
  task_definition = aws_ecs_task_definition.app.arn
}

resource "aws_s3_bucket" "data" {
  bucket = "data"
}
`

func TestTerraform(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	softwaretest.Write(t, dir,
		softwaretest.Text("main.tf", terraform),
		softwaretest.File{Name: "fn/app.jar", Data: softwaretest.Zip(t, softwaretest.File{Name: "BOOT-INF/lib/log4j-core-2.14.1.jar", Data: jar(t, "log4j-core", "2.14.1")})},
		softwaretest.Text("web/package-lock.json", `{"lockfileVersion": 3, "packages": {"node_modules/ms": {"version": "2.0.0"}}}`),
		softwaretest.File{Name: "web/lib/x.jar", Data: jar(t, "in-web", "1")},
		softwaretest.Text("website/requirements.txt", "not-webs==1\n"),
		softwaretest.File{Name: "layers/deps.zip", Data: softwaretest.Zip(t, softwaretest.Text("python/a-1.dist-info/METADATA", "Name: a\nVersion: 1\n\n"))},
		softwaretest.Text("packages/api/package-lock.json", `{"lockfileVersion": 3, "packages": {"node_modules/uuid": {"version": "9.0.0"}}}`),
		softwaretest.Text("packages/api/src/other/requirements.txt", "below-the-lock==1\n"),
		softwaretest.File{Name: "saved.tar", Data: softwaretest.Save(t, image(t, "api", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/api:1.2"), image(t, "old-api", "team/api:1.1"), image(t, "app", "team/app:5"))},
	)
	got := linked(t, dir)
	const ref = "AWS::ECS::TaskDefinition.ContainerDefinitions.Image"
	want := map[string][]string{
		"aws_lambda_function.jar": {"code path AWS::Lambda::Function.Code@4: log4j-core@2.14.1"},
		"aws_lambda_function.web": {
			"code path AWS::Lambda::Function.Code@9: ms@2.0.0", "code path AWS::Lambda::Function.Code@9: in-web@1", "layer deps path AWS::Lambda::LayerVersion.Code@21: a@1",
			"missing layer AWS::Lambda::Function.Layers@16: The layer arn:aws:lambda:eu-west-1:111122223333:layer:other:3 of aws_lambda_function.web is not in the input: its content is another account's or stack's.",
		},
		"aws_lambda_function.typescript": {"code lock-file-above AWS::Lambda::Function.Code@26: uuid@9.0.0"},
		"aws_lambda_function.python": { // the lock file above is npm's
			"missing code AWS::Lambda::Function.Code@32: The code of aws_lambda_function.python is not in the input: nothing at DIR/packages/api/fn/index.zip names a package, and no lock file lies above it.",
		},
		"aws_lambda_function.not_built": {
			"missing code AWS::Lambda::Function.Code@37: The code of aws_lambda_function.not_built is not in the input: nothing at DIR/dist/missing.zip names a package, and no lock file lies above it.",
		},
		"aws_lambda_function.elsewhere": {
			"missing code AWS::Lambda::Function.Code.S3Key@43: The code of aws_lambda_function.elsewhere is not in the input: nothing in the configuration leads to a file.",
		},
		"aws_lambda_function.uploaded": {"code path AWS::Lambda::Function.Code@49: log4j-core@2.14.1"},
		"aws_ecs_service.app": {
			"container api image-name " + ref + "@69: api@1.0", "container app image-repository " + ref + "@69: app@1.0",
			"missing container sidecar " + ref + "@69: The image public.ecr.aws/x/sidecar:1 of aws_ecs_task_definition.app is not in the input: save it with `docker save` or name it to be fetched.",
		},
		"aws_s3_bucket.data": {},
	}
	for address := range got {
		if _, asked := want[address]; !asked {
			delete(got, address)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	softwaretest.Write(t, dir,
		softwaretest.Text("template.yaml", `
Transform: AWS::Serverless-2016-10-31
Resources:
  Go:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: hello/, Handler: bootstrap, Runtime: provided.al2023}
  Image:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image}
    Metadata: {DockerContext: ./img, Dockerfile: Dockerfile}
  Inline:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: "x", Handler: index.handler, Runtime: nodejs20.x}
  Sub:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      Code: {ImageUri: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/fn:7"}
      Role: arn:aws:iam::111122223333:role/x
`),
		softwaretest.Text("pods.yaml", `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: web, image: "web@sha256:0000"}]
      initContainers: [{name: setup, image: described:1}]
`),
		softwaretest.Text("hello/go.mod", "module x\n\nrequire golang.org/x/net v0.7.0\n"),
		softwaretest.Text("img/requirements.txt", "flask==1.0\n"),
		softwaretest.File{Name: "fn.tar", Data: softwaretest.Save(t, image(t, "fn", "fn:7"))},
		softwaretest.Text("sbom.json", `{"bomFormat": "CycloneDX", "metadata": {"component": {"name": "described:1"}}, "components": [{"type": "library", "name": "d", "version": "1", "purl": "pkg:npm/d@1"}]}`),
		softwaretest.Text("web.cdx.json", `{"bomFormat": "CycloneDX", "metadata": {"component": {"name": "other", "purl": "pkg:oci/web@sha256%3A0000?repository_url=example.com/web"}}, "components": [{"type": "library", "name": "w", "version": "1", "purl": "pkg:npm/w@1"}]}`),
	)
	want := map[string][]string{
		"Go": {"code path AWS::Lambda::Function.Code@6: net@v0.7.0"},
		"Image": {
			"code build-context AWS::Lambda::Function.Image@10: flask@1.0",
			"missing image AWS::Lambda::Function.Image@10: Of the image of Image only what it is built from is in the input; what its base image holds is not. Save the image with `docker save`.",
		},
		"Inline": {},
		"Sub":    {"image image-repository AWS::Lambda::Function.Code.ImageUri@18: fn@1.0"},
		"Deployment/default/web": {
			"container web image-digest Deployment.spec.template.spec.containers.image@8: w@1", "container setup image-name Deployment.spec.template.spec.initContainers.image@9: d@1",
		},
	}
	if diff := cmp.Diff(want, linked(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want, have string
		how        How
	}{
		{"nginx", "docker.io/library/nginx:latest", ByName},
		{"nginx:1.25", "nginx:1.24", ""},
		{"a.example.com/app:1", "a.example.com/app:1", ByName},
		{"a.example.com/app:1", "b.example.com/app:1", ""},
		{"a.example.com/app:1", "app:1", ByRepository},
		{"a.example.com/team/app:1", "app:1", ""},
		{"app@sha256:aa", "x@sha256:aa", ByDigest},
		{"app:1@sha256:aa", "app:1@sha256:bb", ""},
		{"app@sha256:aa", "app:latest", ""},
		{"localhost:5000/app", "localhost:5000/app:latest", ByName},
	} {
		if got := match(parseReference(c.want), parseReference(c.have)); got != c.how {
			t.Errorf("%s and %s: %q, want %q", c.want, c.have, got, c.how)
		}
	}
}

func FuzzParseReference(f *testing.F) {
	f.Add("registry.example.com:5000/a/b:1@sha256:aa")
	f.Fuzz(func(t *testing.T, text string) {
		r := parseReference(text)
		subjectReferences(text)
		r.withEnd(text)
		if how := match(r, r); how == "" && r.repository != "" && r.digest == "" {
			t.Errorf("%q does not match itself", text)
		}
	})
}
