# No source: the module lies here.
include "root" {
  path           = find_in_parent_folders("root.hcl")
  merge_strategy = "no_merge"
}

feature "versioned" {
  default = true
}

generate "bucket" {
  path     = "bucket.tf"
  contents = <<EOT
resource "aws_s3_bucket" "generated" {
  bucket = "generated-${basename(get_terragrunt_dir())}"
}
EOT
}

inputs = {
  versioned = feature.versioned.value
  name      = "notes"
}
