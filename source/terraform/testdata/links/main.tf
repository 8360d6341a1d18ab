# References survive locals, outputs, try(), conditionals and for expressions.
variable "create" { default = true }
module "service" {
  source  = "./service"
  cluster = local.cluster
  subnets = [for s in aws_subnet.private : s.id]
}
locals {
  cluster  = try(aws_ecs_cluster.main[0].arn, "")
  provider = var.create ? aws_ecs_capacity_provider.ec2.name : "FARGATE"
}
resource "aws_ecs_cluster" "main" {
  count = var.create ? 1 : 0
  name  = "shop"
}
resource "aws_subnet" "private" {
  for_each   = { a = 1, b = 2 }
  cidr_block = cidrsubnet("10.0.0.0/16", 8, each.value)
}
resource "aws_launch_template" "host" {
  image_id = data.aws_ssm_parameter.ami.value
}
data "aws_ssm_parameter" "ami" {
  name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
}
resource "aws_autoscaling_group" "host" {
  min_size = 1
  max_size = 3
  launch_template {
    id      = aws_launch_template.host.id
    version = "$Latest"
  }
  tag {
    key                 = "Name"
    value               = "host"
    propagate_at_launch = true
  }
}
resource "aws_ecs_capacity_provider" "ec2" {
  name = "ec2"
  auto_scaling_group_provider {
    auto_scaling_group_arn = aws_autoscaling_group.host.arn
    managed_scaling {
      status = "ENABLED"
    }
  }
}
resource "aws_ecs_service" "worker" {
  name            = "worker"
  cluster         = local.cluster
  task_definition = module.service.task_definition
  capacity_provider_strategy {
    capacity_provider = local.provider
    weight            = 1
  }
}
