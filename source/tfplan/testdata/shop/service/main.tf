variable "name" {}
variable "cluster" {}
variable "image" {}
variable "fargate" {}
variable "capacity_provider" {}

resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  assume_role_policy = data.aws_iam_policy_document.task.json
}

data "aws_iam_policy_document" "task" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = [var.fargate ? "FARGATE" : "EC2"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  task_role_arn            = aws_iam_role.task.arn
  container_definitions = jsonencode([{
    name         = "app"
    image        = var.image
    essential    = true
    portMappings = [{ containerPort = 8080 }]
  }])
}

resource "aws_ecs_service" "fargate" {
  count           = var.fargate ? 1 : 0
  name            = var.name
  cluster         = var.cluster
  launch_type     = "FARGATE"
  desired_count   = 2
  task_definition = aws_ecs_task_definition.this.arn
  network_configuration {
    subnets         = ["subnet-1"]
    security_groups = [aws_security_group.this.id]
  }
}

resource "aws_ecs_service" "hosts" {
  count           = var.fargate ? 0 : 1
  name            = var.name
  cluster         = var.cluster
  desired_count   = 1
  task_definition = aws_ecs_task_definition.this.arn
  capacity_provider_strategy {
    capacity_provider = var.capacity_provider
    weight            = 1
  }
  network_configuration {
    subnets = ["subnet-1"]
  }
}

resource "aws_security_group" "this" {
  name   = var.name
  vpc_id = "vpc-1"
  ingress {
    from_port   = 8080
    to_port     = 8080
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
}
