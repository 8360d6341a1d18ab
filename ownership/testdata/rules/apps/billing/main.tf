variable "class" {}

resource "aws_instance" "vault" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
  tags          = { Name = "vault-1", class = var.class }
}
resource "aws_sqs_queue" "gold" {
  name = "gold"
  tags = { class = "gold-1", tier = "gold", Owner = "platform" }
}
resource "aws_lambda_function" "fn" {
  function_name = "fn"
  role          = "arn:aws:iam::123456789012:role/fn"
  package_type  = "Image"
  image_uri     = "x"
}
module "q" {
  source = "../../modules/queue"
}
