locals { providers = [{ name = "FARGATE", weight = 1 }, { name = "FARGATE_SPOT", weight = 3 }] }
resource "aws_ecs_service" "s" {
  name = "s"
  dynamic "capacity_provider_strategy" {
    for_each = local.providers
    iterator = p
    content {
      capacity_provider = p.value.name
      weight            = p.value.weight
    }
  }
}
