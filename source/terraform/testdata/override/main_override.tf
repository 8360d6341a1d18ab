resource "aws_lambda_function" "f" {
  package_type = "Image"
  vpc_config {
    subnet_ids = ["override"]
  }
}
