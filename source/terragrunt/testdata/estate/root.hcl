# Every unit includes this file.
locals {
  account = read_terragrunt_config(find_in_parent_folders("account.hcl"))
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl"))
  bucket  = "${get_env("STATE_PREFIX", "acme")}-state-${local.account.locals.account_name}"
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    provider "aws" {
      region = "${local.region.locals.aws_region}"
    }
  EOT
}

remote_state {
  backend = "s3"
  config = {
    bucket = local.bucket
    key    = "${path_relative_to_include()}/terraform.tfstate"
  }
}

inputs = merge(
  local.account.locals,
  local.region.locals,
  { state_key = path_relative_to_include() },
)
