variable "name" {}
variable "ami" {}

resource "aws_ecs_cluster" "this" {
  name = var.name
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_launch_template" "this" {
  name          = "${var.name}-hosts"
  image_id      = var.ami
  instance_type = "m7i.large"
  user_data     = base64encode("#!/bin/sh\necho ECS_CLUSTER=${aws_ecs_cluster.this.name} >> /etc/ecs/ecs.config\n")
}

resource "aws_autoscaling_group" "this" {
  name               = "${var.name}-hosts"
  min_size           = 1
  max_size           = 4
  availability_zones = ["eu-west-1a"]
  launch_template {
    id      = aws_launch_template.this.id
    version = "$Latest"
  }
  tag {
    key                 = "AmazonECSManaged"
    value               = "true"
    propagate_at_launch = true
  }
}

resource "aws_ecs_capacity_provider" "this" {
  name = "${var.name}-hosts"
  auto_scaling_group_provider {
    auto_scaling_group_arn = aws_autoscaling_group.this.arn
    managed_scaling {
      status = "ENABLED"
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = [aws_ecs_capacity_provider.this.name, "FARGATE"]
}

output "arn" {
  value = aws_ecs_cluster.this.arn
}

output "capacity_provider" {
  value = aws_ecs_capacity_provider.this.name
}
