variable "source_path" {
  type = any
}

data "external" "package" {
  program = ["python3", "package.py"]
}

resource "aws_lambda_function" "this" {
  function_name = "packaged"
  filename      = data.external.package.result.filename
}
