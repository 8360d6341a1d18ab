resource "aws_instance" "web" {
  ami                    = "ami-0abcdef1234567890"
  instance_type          = "t3.micro"
  vpc_security_group_ids = [aws_security_group.web.id]
  tags                   = { Name = "web" }

  # onus:accept=ec2-role-in-place-of-keys owner=platform until=2027-06-30 reason="Replaced by a function in spring"
  metadata_options {
    http_tokens = var.tokens
  }
}

variable "tokens" {}

resource "aws_security_group" "web" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lambda_function" "orders" {
  function_name = "orders"
  filename      = "orders.zip"
  handler       = "index.handler"
  runtime       = "nodejs22.x"
  role          = "arn:aws:iam::123456789012:role/orders"
}

resource "aws_ebs_volume" "data" {
  availability_zone = "eu-west-1a"
  size              = 10

  # onus:accept=data/protect owner=platform until=2026-01-31 reason="Holds public data"
}
