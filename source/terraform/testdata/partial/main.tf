# What is known of a text or a map with an unknown part.

variable "cluster" {}

variable "token" {
  default   = "t0ken"
  sensitive = true
}

locals {
  name = "k8s-${var.cluster}"
  tags = { Team = "core", "kubernetes.io/cluster/${var.cluster}" = "owned" }
}

data "cloudinit_config" "node" {
  part {
    content_type = "text/x-shellscript"
    content      = templatefile("${path.module}/node.sh", { cluster = var.cluster, token = var.token, labels = { role = "node" } })
  }
}

resource "aws_instance" "template" {
  user_data = <<-EOT
    #!/bin/bash
    join --cluster ${local.name} --token ${var.token} --url ${aws_lb.api.dns_name}
  EOT
}

resource "aws_instance" "file" {
  user_data = templatefile("${path.module}/node.sh", { cluster = var.cluster, token = "x", labels = { role = "node" } })
}

resource "aws_instance" "encoded" {
  user_data_base64 = base64encode("kubelet ${var.cluster}")
}

resource "aws_instance" "rendered" {
  user_data = data.cloudinit_config.node.rendered
}

resource "aws_instance" "formatted" {
  user_data = format("kubeadm join %s", var.cluster)
}

resource "aws_instance" "known" {
  user_data = "kubeadm ${path.module}"
  tags      = { "${"a"}b" = 1 }
}

resource "aws_instance" "tagged" {
  tags = merge(local.tags, { Name = local.name })
}

resource "aws_autoscaling_group" "pairs" {
  tags = concat([{ key = "kubernetes.io/cluster/${var.cluster}", value = "owned", propagate_at_launch = true }], [])
}

resource "aws_autoscaling_group" "blocks" {
  tag {
    key                 = "kubernetes.io/cluster/${var.cluster}"
    value               = "owned"
    propagate_at_launch = true
  }
}

resource "aws_instance" "length" {
  cpu_core_count = length("x ${var.cluster}")
}

resource "aws_lb" "api" {}

# A document that is a part of a text is not what the text stands for.
data "ct_config" "node" {
  content = "systemd ${jsonencode({ name = var.cluster })} kubelet"
}

# A here-document around one expression is the document.
resource "aws_iam_role" "node" {
  assume_role_policy = <<-EOT
    ${jsonencode({ Statement = [{ Principal = { Service = var.cluster } }] })}
  EOT
}

# A known answer about an unknown text remembers nothing of the text.
resource "aws_instance" "answer" {
  ebs_optimized = "x-${var.cluster}" != null
}
