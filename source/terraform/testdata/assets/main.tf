# Where the code of functions and images lies.

data "archive_file" "src" {
  type        = "zip"
  source_dir  = "${path.module}/src"
  output_path = "${path.module}/build/src.zip"
}

resource "aws_lambda_function" "archived" {
  function_name = "archived"
  filename      = data.archive_file.src.output_path
}

resource "aws_lambda_function" "plain" {
  function_name = "plain"
  filename      = "dist/plain.zip"
}

data "archive_file" "each" {
  for_each    = toset(["a", "b.c"])
  type        = "zip"
  source_file = "functions/${each.key}.py"
  output_path = "build/${each.key}.zip"
}

resource "aws_lambda_function" "each" {
  for_each      = toset(["a", "b.c"])
  function_name = each.key
  filename      = data.archive_file.each[each.key].output_path
}

resource "aws_s3_object" "code" {
  bucket = "artifacts"
  key    = "uploaded.jar"
  source = "target/uploaded.jar"
}

resource "aws_lambda_function" "uploaded" {
  function_name = "uploaded"
  s3_bucket     = aws_s3_object.code.bucket
  s3_key        = aws_s3_object.code.key
}

resource "docker_image" "app" {
  name = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"
  build {
    context = "app"
  }
}

resource "docker_registry_image" "app" {
  name = docker_image.app.name
}

resource "aws_lambda_function" "image" {
  function_name = "image"
  package_type  = "Image"
  image_uri     = docker_registry_image.app.name
}

resource "aws_ecs_task_definition" "app" {
  family = "app"
  container_definitions = jsonencode([{
    name  = "app"
    image = docker_image.app.name
  }])
}

variable "artifact" {
  type = string
}

resource "aws_lambda_function" "unknown" {
  function_name = "unknown"
  filename      = var.artifact
}

resource "aws_lambda_function" "remote" {
  function_name = "remote"
  s3_bucket     = "artifacts"
  s3_key        = "remote.zip"
}

module "packaged" {
  source      = "./modules/packaged"
  for_each    = toset(["x"])
  source_path = ["${path.module}/lib", { path = "handlers/${each.key}", pip_requirements = true }]
}

module "zip" {
  source   = "./modules/zip"
  for_each = toset(["first", "sec[o]nd.x"])
  name     = each.key
}

resource "aws_lambda_function" "other_module" {
  function_name = "other"
  filename      = module.zip["sec[o]nd.x"].path
}
