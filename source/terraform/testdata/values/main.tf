# Precedence: default, terraform.tfvars, *.auto.tfvars, the command line.
variable "from_default" { default = "Zip" }
variable "from_tfvars" { default = "x" }
variable "from_auto" { default = "x" }
variable "from_command_line" { default = "x" }
variable "numbers" { type = list(number) }
variable "settings" {
  type = object({ memory = optional(number, 128), name = string })
  default = { name = "n" }
}
variable "nullable" {
  nullable = false
  default  = "kept"
}
resource "aws_lambda_function" "f" {
  function_name = var.from_tfvars
  package_type  = var.from_default
  runtime       = var.from_auto
  description   = var.from_command_line
  layers        = [for n in var.numbers : "layer-${n}"]
  memory_size   = var.settings.memory
  handler       = var.nullable
}
