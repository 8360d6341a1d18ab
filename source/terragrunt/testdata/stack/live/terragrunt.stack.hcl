locals {
  units = "${get_repo_root()}/catalog/units"
}

unit "queue" {
  source = "${local.units}/queue"
  path   = "messaging/queue"
  values = {
    name = "jobs"
    fifo = true
  }
}

stack "data" {
  source                  = "../catalog/stacks/data"
  path                    = "data"
  no_dot_terragrunt_stack = true
  values                  = { prefix = "live" }
}

unit "remote" {
  source = "git::https://git.example.com/acme/units.git//cache?ref=v1"
  path   = "cache"
}
