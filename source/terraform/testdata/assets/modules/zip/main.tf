resource "archive_file" "this" {
  type        = "zip"
  source_dir  = "${path.module}/code"
  output_path = "${path.module}/code.zip"
}

output "path" {
  value = archive_file.this.output_path
}
