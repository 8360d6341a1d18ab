variable "name" { type = string }
variable "launch_type" {
  type    = string
  default = "FARGATE"
}
variable "subnet_ids" { type = list(string) }
variable "log_group" {
  type    = string
  default = null
}
variable "tags" { type = map(string) }
variable "account_name" { type = string }
variable "state_key" { type = string }

resource "aws_ecs_service" "this" {
  name        = var.name
  launch_type = var.launch_type
  cluster     = "${var.account_name}-cluster"
  tags        = merge(var.tags, { log = var.log_group, state = var.state_key })
  network_configuration {
    subnets = var.subnet_ids
  }
}
