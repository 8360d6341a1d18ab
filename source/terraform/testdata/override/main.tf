resource "aws_lambda_function" "f" {
  function_name = "f"
  package_type  = "Zip"
  vpc_config {
    subnet_ids = ["base"]
  }
}
