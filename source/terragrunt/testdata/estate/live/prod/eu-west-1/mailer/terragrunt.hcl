include "root" {
  path = find_in_parent_folders("root.hcl")
}

terraform {
  source = "${get_repo_root()}/modules/lambda"

  extra_arguments "values" {
    commands           = get_terraform_commands_that_need_vars()
    required_var_files = ["${get_terragrunt_dir()}/mailer.tfvars"]
    optional_var_files = ["${get_terragrunt_dir()}/none.tfvars"]
    env_vars           = { TF_VAR_timeout = "30", TF_VAR_layers = "[\"arn:aws:lambda:eu-west-1:111122223333:layer:tools:3\"]" }
  }

  extra_arguments "quiet" {
    commands  = ["output"]
    arguments = ["-var-file=absent.tfvars"]
  }
}

locals {
  secrets = yamldecode(sops_decrypt_file("secrets.yaml"))
}

inputs = {
  name        = "mailer"
  memory      = 512
  timeout     = 5
  role        = "arn:aws:iam::${get_aws_account_id()}:role/mailer"
  environment = { API_KEY = local.secrets.api_key }
}
