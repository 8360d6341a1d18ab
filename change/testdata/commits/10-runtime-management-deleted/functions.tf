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

resource "aws_lambda_function" "reports" {
  function_name = "reports"
  package_type  = "Image"
  image_uri     = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/reports:1"
  role          = "arn:aws:iam::123456789012:role/reports"
}
