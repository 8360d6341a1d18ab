// Package benchinput writes the input of the benchmarks, so that every figure is measured on the same one. It serves tests
// only.
package benchinput

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Terraform writes a Terraform root of n resources (a multiple of 100), a quarter of them ECS services and half Lambda
// functions, in modules nested two deep. It returns the directory, which goes with the test, and the files' contents.
func Terraform(t testing.TB, n int) (dir string, files [][]byte) {
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
