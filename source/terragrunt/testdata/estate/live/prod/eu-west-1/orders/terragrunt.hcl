include "root" {
  path = find_in_parent_folders("root.hcl")
}

include "service" {
  path           = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/service.hcl"
  expose         = true
  merge_strategy = "deep"
}

inputs = {
  launch_type = "EC2"
  log_group   = "/ecs/${include.service.locals.name}"
  tags        = { tier = "critical" }
}
