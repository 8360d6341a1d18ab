locals {
  clusters = toset(["blue", "green"])
  shared   = aws_launch_template.shared.id
}

# Chained for_each: each.value is an instance of another resource.
resource "aws_ecs_cluster" "all" {
  for_each = local.clusters
  name     = each.key
}

resource "aws_ecs_task_definition" "all" {
  for_each                 = aws_ecs_cluster.all
  family                   = each.key
  requires_compatibilities = ["FARGATE"]
  cpu                      = 256
  memory                   = 512
  network_mode             = "awsvpc"
  container_definitions    = jsonencode([{ name = "app", image = "${aws_ecr_repository.app.repository_url}:1", essential = true }])
}

resource "aws_ecs_service" "all" {
  for_each        = aws_ecs_cluster.all
  name            = each.key
  cluster         = each.value.arn
  launch_type     = "FARGATE"
  task_definition = aws_ecs_task_definition.all[each.key].arn
}

resource "aws_ecr_repository" "app" {
  name = "app"
}

# A count of one behind a splat, and a choice of which one side is not there.
resource "aws_ecs_cluster" "maybe" {
  count = 1
  name  = "maybe"
}

resource "aws_ecs_cluster" "never" {
  count = 0
  name  = "never"
}

resource "aws_ecs_service" "chosen" {
  name            = "chosen"
  cluster         = length(aws_ecs_cluster.never) > 0 ? aws_ecs_cluster.never[0].id : one(aws_ecs_cluster.maybe[*].id)
  task_definition = aws_ecs_task_definition.all["blue"].arn
  launch_type     = "FARGATE"
}

# Two blocks of a set, which come in another order than they are written in.
resource "aws_ecs_capacity_provider" "pair" {
  for_each = { z = "zeta", a = "alpha" }
  name     = each.value
  auto_scaling_group_provider {
    auto_scaling_group_arn = aws_autoscaling_group.hosts[each.key].arn
  }
}

resource "aws_autoscaling_group" "hosts" {
  for_each           = { z = 1, a = 2 }
  name               = each.key
  min_size           = 1
  max_size           = each.value
  availability_zones = ["eu-west-1a"]
  launch_template {
    id = local.shared
  }
}

resource "aws_launch_template" "shared" {
  image_id = "ami-0123456789abcdef0"
}

resource "aws_ecs_cluster_capacity_providers" "blue" {
  cluster_name       = aws_ecs_cluster.all["blue"].name
  capacity_providers = [for p in aws_ecs_capacity_provider.pair : p.name]
  default_capacity_provider_strategy {
    capacity_provider = aws_ecs_capacity_provider.pair["z"].name
    weight            = 1
  }
  default_capacity_provider_strategy {
    capacity_provider = aws_ecs_capacity_provider.pair["a"].name
    weight            = 7
  }
}

module "workers" {
  source          = "./workers"
  for_each        = { one = aws_launch_template.shared, two = aws_launch_template.shared }
  cluster         = aws_eks_cluster.main
  launch_template = { id = each.value.id, version = each.value.latest_version }
  role            = module.roles["nodes"].arn
}

module "roles" {
  source   = "./workers/role"
  for_each = toset(["nodes", "control"])
  name     = each.key
}

resource "aws_eks_cluster" "main" {
  name     = "main"
  role_arn = module.roles["control"].arn
  vpc_config {
    subnet_ids = ["subnet-1", "subnet-2"]
  }
}
