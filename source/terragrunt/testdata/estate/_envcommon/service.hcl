locals {
  env  = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals.environment
  name = "orders-${local.env}"
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/modules//ecs-service"
}

dependency "vpc" {
  config_path  = "${get_terragrunt_dir()}/../vpc"
  mock_outputs = { subnet_ids = ["subnet-mock"] }
}

inputs = {
  name       = local.name
  subnet_ids = dependency.vpc.outputs.subnet_ids
  tags       = { owner = "shop", tier = "backend" }
}
