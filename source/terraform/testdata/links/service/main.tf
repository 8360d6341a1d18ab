variable "cluster" {}
variable "subnets" { type = list(string) }
resource "aws_ecs_task_definition" "this" {
  family                   = "api"
  requires_compatibilities = ["FARGATE"]
}
resource "aws_ecs_service" "this" {
  cluster         = var.cluster
  task_definition = aws_ecs_task_definition.this.arn
  network_configuration {
    subnets = var.subnets
  }
}
output "task_definition" { value = aws_ecs_task_definition.this.arn }
