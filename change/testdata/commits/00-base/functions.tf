resource "aws_lambda_function" "thumbnails" {
  function_name = "thumbnails"
  filename      = "thumbnails.zip"
  handler       = "index.handler"
  runtime       = "nodejs22.x"
  role          = "arn:aws:iam::123456789012:role/thumbnails"
  publish       = true
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.thumbnails.function_name
  function_version = aws_lambda_function.thumbnails.version
}

resource "aws_lambda_runtime_management_config" "thumbnails" {
  function_name     = aws_lambda_function.thumbnails.function_name
  qualifier         = aws_lambda_function.thumbnails.version
  update_runtime_on = "Auto"
}

resource "aws_lambda_function" "reports" {
  function_name = "reports"
  filename      = "reports.zip"
  handler       = "index.handler"
  runtime       = "python3.13"
  role          = "arn:aws:iam::123456789012:role/reports"
}
