package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/internal/softwaretest"
	"github.com/onus-dev/onus/vuln"
)

// shippedCode is a repository with what a team ships: a function's fat jar, a function with a lock file, a service's
// image in an OCI layout with the jar in it, a Go program, and the Terraform that runs them.
func shippedCode(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	core := softwaretest.Zip(t,
		softwaretest.Text("META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties", "groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n"),
		softwaretest.Text("org/apache/logging/log4j/core/lookup/JndiLookup.class", "class"))
	fat := softwaretest.Zip(t, softwaretest.Text("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"),
		softwaretest.File{Name: "BOOT-INF/lib/log4j-core-2.14.1.jar", Data: core})
	image := softwaretest.Image{
		Tags:   []string{"123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1"},
		Layers: [][]byte{softwaretest.Tar(t, softwaretest.File{Name: "app/shop.jar", Data: fat})},
	}
	softwaretest.Write(t, dir,
		softwaretest.File{Name: "orders/orders.jar", Data: fat},
		softwaretest.Text("thumbs/package.json", `{"name": "thumbs", "version": "1.0.0"}`),
		softwaretest.Text("thumbs/package-lock.json", `{"name": "thumbs", "lockfileVersion": 3, "packages": {"": {"name": "thumbs"}, "node_modules/lodash": {"version": "4.17.20"}}}`),
		softwaretest.Text("go/go.mod", "module example.com/tool\n\ngo 1.24\n"),
		softwaretest.Text("go/main.go", "package main\n\nfunc main() {}\n"),
		softwaretest.Text("main.tf", shippedTerraform),
		softwaretest.Text("data/log4j.json", log4jRecord))
	for _, f := range softwaretest.Layout(t, image, softwaretest.Gzip) {
		softwaretest.Write(t, filepath.Join(dir, "image"), f)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "tool", "bootstrap"), ".")
	build.Dir = filepath.Join(dir, "go")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the Go program: %v\n%s", err, out)
	}
	if err := os.RemoveAll(filepath.Join(dir, "go")); err != nil {
		t.Fatal(err)
	}
	return dir
}

const shippedTerraform = `
resource "aws_lambda_function" "orders" {
  function_name = "orders"
  filename      = "orders/orders.jar"
  runtime       = "java21"
  handler       = "shop.Orders"
  role          = "arn:aws:iam::123456789012:role/orders"
}
data "archive_file" "thumbs" {
  type        = "zip"
  source_dir  = "thumbs"
  output_path = "thumbs.zip"
}
resource "aws_lambda_function" "thumbs" {
  function_name = "thumbs"
  filename      = data.archive_file.thumbs.output_path
  runtime       = "nodejs22.x"
  handler       = "index.handler"
  role          = "arn:aws:iam::123456789012:role/thumbs"
}
data "archive_file" "tool" {
  type        = "zip"
  source_dir  = "tool"
  output_path = "tool.zip"
}
resource "aws_lambda_function" "tool" {
  function_name = "tool"
  filename      = data.archive_file.tool.output_path
  runtime       = "provided.al2023"
  handler       = "bootstrap"
  role          = "arn:aws:iam::123456789012:role/tool"
}
resource "aws_ecs_cluster" "shop" {}
resource "aws_ecs_task_definition" "shop" {
  family                = "shop"
  container_definitions = jsonencode([{ name = "shop", image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1" }])
}
resource "aws_ecs_service" "shop" {
  name            = "shop"
  cluster         = aws_ecs_cluster.shop.id
  task_definition = aws_ecs_task_definition.shop.arn
  launch_type     = "FARGATE"
}
`

const log4jRecord = `{
  "schema_version": "1.6.0", "id": "GHSA-0000-0000-0000", "modified": "2024-01-01T00:00:00Z", "published": "2021-12-10T00:00:00Z",
  "aliases": ["CVE-2021-44228"], "summary": "Remote code execution",
  "affected": [{"package": {"ecosystem": "Maven", "name": "org.apache.logging.log4j:log4j-core"},
    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "2.13.0"}, {"fixed": "2.15.0"}]}]}]
}`

// TestWhoFindsWhatIsShipped asks about Log4Shell in a repository: the copies are found in a nested jar of a function and
// of an image, matched, and linked to the workloads that run them; what ships none is not affected.
func TestWhoFindsWhatIsShipped(t *testing.T) {
	t.Parallel()
	dir := shippedCode(t)
	var out, errOut bytes.Buffer
	args := []string{"who", "CVE-2021-44228", dir, "--osv", filepath.Join(dir, "data"), "-f", "json", "--as-of", "2026-11-24"}
	if status := run(args, &out, &errOut); status != 0 {
		t.Fatalf("status %d: %s", status, errOut.String())
	}
	var result vuln.Result
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range result.Vulnerabilities[0].Answers {
		line := fmt.Sprintf("%s %s %s", a.Workload.Name, a.Who, a.Residual)
		for _, c := range a.Copies {
			line += fmt.Sprintf("; %s %s %s in %s fixed %s", c.Name, c.Version, c.State, strings.TrimPrefix(c.Path, filepath.ToSlash(dir)+"/"), c.Fixed)
		}
		got = append(got, line)
	}
	slices.Sort(got)
	want := []string{
		"orders customer upgrade-library; org.apache.logging.log4j:log4j-core 2.14.1 affected in orders/orders.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar fixed 2.15.0",
		"shop customer rebuild-image; org.apache.logging.log4j:log4j-core 2.14.1 affected in image!/app/shop.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar fixed 2.15.0",
		"thumbs not-affected none",
		"tool not-affected none",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, errOut.String())
	}
}
