resource "awscc_lambda_function" "f" {
  function_name = "cc"
  package_type  = "Image"
  code          = { image_uri = "example.com/shop@sha256:1" }
}
