resource "aws_ecs_task_definition" "agent" {
  family             = "agent"
  network_mode       = "host"
  cpu                = 256
  memory             = var.memory
  execution_role_arn = "arn:aws:iam::111122223333:role/execution"

  container_definitions = jsonencode([{
    name        = "agent"
    image       = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/agent:1"
    essential   = true
    privileged  = true
    mountPoints = [{ sourceVolume = "docker", containerPath = "/var/run/docker.sock" }]
  }])

  volume {
    name      = "docker"
    host_path = "/var/run/docker.sock"
  }
}

variable "memory" {
  type = number
}

resource "aws_ecs_service" "agent" {
  name                = "agent"
  cluster             = "shop"
  task_definition     = aws_ecs_task_definition.agent.arn
  launch_type         = "EC2"
  scheduling_strategy = "DAEMON"
}
