# What CloudFormation writes in other words than Terraform, and what it keeps in one resource.

variable "internal" {
  type    = bool
  default = true
}

variable "public" {
  type = bool
}

variable "password" {
  default   = "private"
  sensitive = true
}

resource "aws_lb" "inside" {
  internal = var.internal
}

resource "aws_elb" "outside" {
  internal = false
}

resource "aws_lb" "unsaid" {}

resource "aws_ecs_service" "known" {
  network_configuration {
    assign_public_ip = true
    subnets          = ["subnet-1"]
  }
}

resource "aws_ecs_service" "unknown" {
  network_configuration {
    assign_public_ip = var.public
  }
}

resource "aws_scheduler_schedule" "nightly" {
  target {
    ecs_parameters {
      network_configuration {
        assign_public_ip = "false"
        subnets          = ["subnet-1"]
      }
    }
  }
}

resource "aws_cloudwatch_event_rule" "off" {
  is_enabled = false
}

resource "aws_cloudwatch_event_target" "task" {
  rule = aws_cloudwatch_event_rule.off.name

  ecs_target {
    task_definition_arn = "arn:aws:ecs:eu-west-1:111122223333:task-definition/job"

    network_configuration {
      assign_public_ip = true
      subnets          = ["subnet-1"]
    }
  }
}

resource "aws_s3_bucket" "one" {
  bucket = "one"
  acl    = "log-delivery-write"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    enabled = false
  }
}

resource "aws_s3_bucket" "two" {
  bucket = "two"
  acl    = "unheard-of"

  versioning {
    enabled = false
  }
}

resource "aws_s3_bucket_acl" "secret" {
  bucket = aws_s3_bucket.two.id
  acl    = var.password
}

resource "aws_s3_bucket_versioning" "two" {
  bucket = aws_s3_bucket.two.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "two" {
  bucket = aws_s3_bucket.two.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "two" {
  bucket = aws_s3_bucket.two.id

  rule {
    id     = "old"
    status = "Enabled"

    expiration {
      days = 90
    }

    transition {
      days          = 30
      storage_class = "GLACIER"
    }

    noncurrent_version_expiration {
      noncurrent_days = 7
    }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "two" {
  bucket = aws_s3_bucket.two.id

  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = 5
    }
  }
}

resource "aws_s3_bucket_notification" "two" {
  bucket      = aws_s3_bucket.two.id
  eventbridge = true

  lambda_function {
    lambda_function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:f"
    events              = ["s3:ObjectCreated:*"]
  }
}

resource "aws_s3_bucket_ownership_controls" "two" {
  bucket = aws_s3_bucket.two.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_efs_backup_policy" "files" {
  file_system_id = "fs-1"

  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_sqs_queue_redrive_policy" "q" {
  queue_url      = "https://sqs.example/q"
  redrive_policy = jsonencode({ deadLetterTargetArn = "arn:aws:sqs:eu-west-1:111122223333:dead", maxReceiveCount = 4 })
}
