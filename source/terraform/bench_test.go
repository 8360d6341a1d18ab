package terraform

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/vocabulary"
)

// generate writes a root with n resources: modules of services, each nesting a module of functions, ten resources a file.
func generate(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	var root strings.Builder
	root.WriteString("variable \"launch_type\" { default = \"FARGATE\" }\n")
	for i := range n / 100 {
		fmt.Fprintf(&root, "module \"team%d\" {\n  source = \"./team%d\"\n  name = \"team-%d\"\n  launch_type = var.launch_type\n}\n", i, i, i)
		team := filepath.Join(dir, fmt.Sprintf("team%d", i))
		write(t, filepath.Join(team, "main.tf"), teamFile(i, 50))
		write(t, filepath.Join(team, "functions", "main.tf"), functionFile(50))
	}
	write(t, filepath.Join(dir, "main.tf"), root.String())
	return dir
}

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func teamFile(team, n int) string {
	var b strings.Builder
	b.WriteString("variable \"name\" {}\nvariable \"launch_type\" {}\nlocals { prefix = \"${var.name}-svc\" }\n")
	b.WriteString("module \"functions\" {\n  source = \"./functions\"\n  name = var.name\n}\n")
	fmt.Fprintf(&b, "resource \"aws_ecs_cluster\" \"main\" {\n  name = \"${local.prefix}-cluster\"\n}\nresource \"aws_iam_role\" \"task\" {\n  name = local.prefix\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { Service = \"ecs-tasks.amazonaws.com\" } }] })\n}\n")
	for i := range (n - 2) / 2 {
		fmt.Fprintf(&b, `resource "aws_ecs_task_definition" "t%[1]d" {
  family                   = "${local.prefix}-%[1]d"
  requires_compatibilities = [var.launch_type]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode([{ name = "app", image = "example/app:%[1]d", essential = true, portMappings = [{ containerPort = 8080 }] }])
  tags = { team = var.name, number = "%[1]d" }
}
resource "aws_ecs_service" "s%[1]d" {
  name            = "${local.prefix}-%[1]d"
  cluster         = aws_ecs_cluster.main.id
  launch_type     = var.launch_type
  desired_count   = var.name == "team-0" ? 1 : 2
  task_definition = aws_ecs_task_definition.t%[1]d.arn
  network_configuration {
    subnets         = ["subnet-%[2]d"]
    security_groups = ["sg-%[1]d"]
  }
}
`, i, team)
	}
	return b.String()
}

func functionFile(n int) string {
	var b strings.Builder
	b.WriteString("variable \"name\" {}\nresource \"aws_iam_role\" \"fn\" {\n  name = \"${var.name}-fn\"\n}\n")
	for i := range n - 1 {
		fmt.Fprintf(&b, `resource "aws_lambda_function" "f%[1]d" {
  function_name = "${var.name}-%[1]d"
  role          = aws_iam_role.fn.arn
  runtime       = "python3.13"
  handler       = "app.handler"
  filename      = "${path.module}/app.zip"
  memory_size   = 128
  timeout       = %[1]d
  environment {
    variables = { STAGE = var.name, INDEX = "%[1]d" }
  }
}
`, i)
	}
	return b.String()
}

// BenchmarkRead reads generated roots of three sizes; ns/resource shows whether it is linear.
func BenchmarkRead(b *testing.B) {
	types := vocabulary.Load()
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := generate(b, n)
			b.ReportAllocs()
			for b.Loop() {
				tree, err := rootfs.Open(dir, dir)
				if err != nil {
					b.Fatal(err)
				}
				inv := NewLoader(tree, types).Read(tree.Given(), Options{})
				if len(inv.Resources) != n {
					b.Fatalf("%d resources, %d diagnostics", len(inv.Resources), len(inv.Diags))
				}
				_ = tree.Close()
				runtime.KeepAlive(inv)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/resource")
		})
	}
}

// BenchmarkBareParse parses the same bytes with nothing but the syntax: the yardstick for BenchmarkRead.
func BenchmarkBareParse(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var files [][]byte
			_ = filepath.WalkDir(generate(b, n), func(p string, d fs.DirEntry, err error) error {
				if err == nil && strings.HasSuffix(p, ".tf") {
					data, _ := os.ReadFile(p)
					files = append(files, data)
				}
				return err
			})
			for b.Loop() {
				for _, f := range files {
					_, _ = hclsyntax.ParseConfig(f, "main.tf", hcl.InitialPos)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/resource")
		})
	}
}
