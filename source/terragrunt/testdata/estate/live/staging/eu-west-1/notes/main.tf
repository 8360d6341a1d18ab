variable "name" { type = string }
variable "versioned" { type = bool }
variable "aws_region" {
  type    = string
  default = "us-east-1"
}

resource "aws_s3_bucket" "notes" {
  bucket = "${var.name}-${var.aws_region}"
}

resource "aws_s3_bucket_versioning" "notes" {
  bucket = aws_s3_bucket.notes.id
  versioning_configuration {
    status = var.versioned ? "Enabled" : "Suspended"
  }
}
