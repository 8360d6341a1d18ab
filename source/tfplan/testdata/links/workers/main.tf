variable "cluster" {}
variable "launch_template" {}
variable "role" {}

# The block is dynamic, so that a plan does not show what it refers to.
resource "aws_eks_node_group" "dynamic" {
  cluster_name  = var.cluster.name
  node_role_arn = var.role
  subnet_ids    = ["subnet-1"]
  dynamic "launch_template" {
    for_each = [var.launch_template]
    content {
      id      = launch_template.value.id
      version = launch_template.value.version
    }
  }
  scaling_config {
    desired_size = 1
    min_size     = 1
    max_size     = 1
  }
}

resource "aws_eks_node_group" "written" {
  cluster_name  = var.cluster.name
  node_role_arn = var.role
  subnet_ids    = ["subnet-1"]
  launch_template {
    id      = var.launch_template.id
    version = var.launch_template.version
  }
  scaling_config {
    desired_size = 1
    min_size     = 1
    max_size     = 1
  }
}
