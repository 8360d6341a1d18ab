variable "name" { type = string }
variable "keys" { type = string }

resource "aws_dynamodb_table" "this" {
  name         = var.name
  hash_key     = var.keys
  billing_mode = "PAY_PER_REQUEST"
}
