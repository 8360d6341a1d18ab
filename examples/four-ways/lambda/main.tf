# The shop as one Lambda function from a .zip package. It answers web requests through its function URL, where it puts
# new orders on the queue, and Lambda hands it the queued orders in batches.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.80"
    }
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.7"
    }
  }
}

provider "aws" {
  region = var.region
}

# The runtime update mode is left at its default, Auto: Lambda moves the function to patched Python runtimes by itself.
resource "aws_lambda_function" "shop" {
  function_name = "shop"
  role          = aws_iam_role.shop.arn
  package_type  = "Zip"
  runtime       = "python3.13"
  architectures = ["arm64"]
  handler       = "shop.handler"
  memory_size   = 512
  timeout       = 20

  filename         = data.archive_file.code.output_path
  source_code_hash = data.archive_file.code.output_base64sha256

  environment {
    variables = {
      ORDERS_QUEUE = data.aws_sqs_queue.orders.url
    }
  }

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [aws_security_group.shop.id]
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.shop.name
  }
}

data "archive_file" "code" {
  type        = "zip"
  source_file = "${path.module}/shop.py"
  output_path = "${path.module}/build/shop.zip"
}

resource "aws_lambda_function_url" "shop" {
  function_name      = aws_lambda_function.shop.function_name
  authorization_type = "AWS_IAM"
}

# Orders wait in a queue that outlives any way of hosting: it is kept with the shop's data, in a configuration of its own.
data "aws_sqs_queue" "orders" {
  name = var.orders_queue
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn        = data.aws_sqs_queue.orders.arn
  function_name           = aws_lambda_function.shop.arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = 20
  }
}

resource "aws_cloudwatch_log_group" "shop" {
  name              = "/shop/function"
  retention_in_days = 30
}

# Network: the function reaches SQS through an endpoint of the VPC and is never connected to.

resource "aws_security_group" "shop" {
  name_prefix = "shop-"
  description = "The shop's function"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.shop.id
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# Role.

data "aws_iam_policy_document" "functions" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "orders" {
  statement {
    actions   = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [data.aws_sqs_queue.orders.arn]
  }
}

resource "aws_iam_role" "shop" {
  name               = "shop-function"
  assume_role_policy = data.aws_iam_policy_document.functions.json
}

resource "aws_iam_role_policy_attachment" "network_and_log" {
  role       = aws_iam_role.shop.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
}

resource "aws_iam_role_policy" "orders" {
  name   = "orders"
  role   = aws_iam_role.shop.id
  policy = data.aws_iam_policy_document.orders.json
}
