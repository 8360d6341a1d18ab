variable "name" { type = string }
variable "fifo" { type = bool }

resource "aws_sqs_queue" "this" {
  name       = var.name
  fifo_queue = var.fifo
}
