variable "name" {
  type = string
}

resource "archive_file" "this" {
  type        = "zip"
  source_dir  = "${path.module}/${var.name}"
  output_path = "${path.module}/code.zip"
}

output "path" {
  value = archive_file.this.output_path
}
