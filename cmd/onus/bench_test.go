package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// generateRoot writes a Terraform root of n resources, a quarter of them ECS services and a third Lambda functions, in
// modules nested two deep. It returns the files' contents as well.
func generateRoot(t testing.TB, n int) (dir string, files [][]byte) {
	t.Helper()
	dir = t.TempDir()
	put := func(name, text string) {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, []byte(text))
	}
	var root strings.Builder
	root.WriteString("variable \"launch_type\" { default = \"FARGATE\" }\n")
	for i := range n / 100 {
		fmt.Fprintf(&root, "module \"team%d\" {\n  source = \"./team%d\"\n  name = \"team-%d\"\n  launch_type = var.launch_type\n}\n", i, i, i)
		put(fmt.Sprintf("team%d/main.tf", i), teamModule(i))
		put(fmt.Sprintf("team%d/functions/main.tf", i), functionsModule())
	}
	put("main.tf", root.String())
	return dir, files
}

func teamModule(team int) string {
	var b strings.Builder
	b.WriteString(`variable "name" {}
variable "launch_type" {}
locals { prefix = "${var.name}-svc" }
module "functions" {
  source = "./functions"
  name   = var.name
}
resource "aws_ecs_cluster" "main" { name = "${local.prefix}-cluster" }
resource "aws_iam_role" "task" {
  name               = local.prefix
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }] })
}
`)
	for i := range 24 {
		fmt.Fprintf(&b, `resource "aws_ecs_task_definition" "t%[1]d" {
  family                   = "${local.prefix}-%[1]d"
  requires_compatibilities = [var.launch_type]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode([{ name = "app", image = "example/app:%[1]d", essential = true, portMappings = [{ containerPort = 8080 }] }])
  tags                     = { team = var.name, number = "%[1]d" }
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

func functionsModule() string {
	var b strings.Builder
	b.WriteString("variable \"name\" {}\nresource \"aws_iam_role\" \"fn\" {\n  name = \"${var.name}-fn\"\n}\n")
	for i := range 49 {
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

// BenchmarkMap runs the whole of `onus map` with the summary and with JSON. ns/resource shows whether it is linear;
// peak-MB is what the process got from the system so far.
func BenchmarkMap(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		for _, args := range [][]string{{"--summary"}, {"-f", "json"}} {
			b.Run(fmt.Sprintf("%d/%s", n, strings.TrimLeft(args[len(args)-1], "-")), func(b *testing.B) {
				dir, _ := generateRoot(b, n)
				for b.Loop() {
					if status := run(append([]string{"map", "--as-of", "2026-11-24", dir}, args...), io.Discard, io.Discard); status != 0 {
						b.Fatalf("status %d", status)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/resource")
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.Sys)/(1<<20), "peak-MB")
			})
		}
	}
}

// BenchmarkBareParse is the yardstick: the syntax of the same bytes and nothing else.
func BenchmarkBareParse(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			_, files := generateRoot(b, n)
			for b.Loop() {
				for _, f := range files {
					_, _ = hclsyntax.ParseConfig(f, "main.tf", hcl.InitialPos)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/resource")
		})
	}
}

// BenchmarkExplain is the start-up: the catalog is indexed, one hosting is read, no condition is compiled.
func BenchmarkExplain(b *testing.B) {
	for b.Loop() {
		if status := run([]string{"explain", "lambda-zip"}, io.Discard, io.Discard); status != 0 {
			b.Fatal(status)
		}
	}
}
