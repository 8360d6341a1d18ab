variable "queue" {}

locals {
  environment = { QUEUE = var.queue, STAGE = "test", API_TOKEN = "not-for-print" }
}

resource "aws_iam_role" "this" {
  name               = "functions"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}

resource "aws_lambda_function" "auto" {
  function_name = "auto"
  role          = aws_iam_role.this.arn
  runtime       = "python3.13"
  handler       = "app.handler"
  filename      = "app.zip"
  environment {
    variables = local.environment
  }
}

resource "aws_lambda_function" "pinned" {
  function_name = "pinned"
  role          = aws_iam_role.this.arn
  runtime       = "nodejs22.x"
  handler       = "app.handler"
  filename      = "app.zip"
}

resource "aws_lambda_runtime_management_config" "pinned" {
  function_name       = aws_lambda_function.pinned.function_name
  update_runtime_on   = "Manual"
  runtime_version_arn = "arn:aws:lambda:eu-west-1::runtime:0123456789abcdef"
}

resource "aws_lambda_function" "image" {
  function_name = "image"
  role          = aws_iam_role.this.arn
  package_type  = "Image"
  image_uri     = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/image:1"
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn = var.queue
  function_name    = aws_lambda_function.auto.arn
}
