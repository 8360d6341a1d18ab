include "root" {
  path = find_in_parent_folders("root.hcl")
}

include "service" {
  path = "${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/service.hcl"
}

inputs = {
  launch_type = get_env("LAUNCH_TYPE", "FARGATE")
  tags        = { tier = "test" }
}
