# What only a run can tell stays unknown and says what would decide it.
variable "launch_type" {}
variable "maybe" { type = bool }
module "registry" { source = "example/registry/aws" }
module "child" {
  source = "./child"
  kind   = var.launch_type
}
resource "aws_ecs_service" "direct" { launch_type = var.launch_type }
resource "aws_ecs_service" "either" {
  launch_type = var.maybe ? "EC2" : "FARGATE"
  cluster     = module.registry.cluster_arn
}
resource "aws_ecs_service" "counted" {
  count = var.maybe ? 1 : 0
  name  = "maybe"
}
resource "aws_ecs_service" "strategy" {
  dynamic "capacity_provider_strategy" {
    for_each = var.launch_type
    content { capacity_provider = capacity_provider_strategy.value }
  }
}
resource "aws_ecs_service" "secret" { name = sensitive("hidden") }
