variable "name" { type = string }
variable "memory" { type = number }
variable "timeout" {
  type    = number
  default = 3
}
variable "role" { type = string }
variable "layers" {
  type    = list(string)
  default = []
}
variable "environment" {
  type    = map(string)
  default = {}
}

module "log" {
  source = "../log"
  name   = var.name
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  memory_size   = var.memory
  timeout       = var.timeout
  role          = var.role
  layers        = var.layers
  package_type  = "Zip"
  environment {
    variables = var.environment
  }
}
