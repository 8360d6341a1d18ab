variable "kind" {}
resource "aws_ecs_service" "nested" { launch_type = var.kind }
