variable "launch_type" { default = "FARGATE" }
resource "aws_ecs_service" "s" { launch_type = var.launch_type }
