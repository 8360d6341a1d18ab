# The shop on a Kubernetes cluster that its team runs itself: one control-plane machine and a group of workers on EC2,
# set up by kubeadm. AWS rents out the machines; the cluster on them is the team's, its control plane too.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.80"
    }
  }
}

provider "aws" {
  region = var.region
}

locals {
  cluster        = "shop"
  join_parameter = "/${local.cluster}/kubeadm/join"
  cluster_tags   = { "kubernetes.io/cluster/${local.cluster}" = "owned" }

  setup = {
    cluster            = local.cluster
    region             = var.region
    kubernetes_version = var.kubernetes_version
    pod_cidr           = var.pod_cidr
    join_parameter     = local.join_parameter
  }
}

data "aws_ami" "al2023" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["al2023-ami-2023.*-x86_64"]
  }
}

data "aws_caller_identity" "current" {}

# Orders wait in a queue that outlives any way of hosting: it is kept with the shop's data, in a configuration of its own.
data "aws_sqs_queue" "orders" {
  name = var.orders_queue
}

# The control plane.

resource "aws_instance" "control_plane" {
  ami                    = data.aws_ami.al2023.id
  instance_type          = "m7i.large"
  subnet_id              = var.subnet_ids[0]
  vpc_security_group_ids = [aws_security_group.nodes.id]
  iam_instance_profile   = aws_iam_instance_profile.control_plane.name

  user_data = templatefile("${path.module}/control-plane.sh.tftpl", local.setup)

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_size = 40
    volume_type = "gp3"
    encrypted   = true
  }

  tags = merge(local.cluster_tags, { Name = "${local.cluster}-control-plane" })
}

# The workers.

resource "aws_launch_template" "worker" {
  name_prefix   = "${local.cluster}-worker-"
  image_id      = data.aws_ami.al2023.id
  instance_type = var.workers.type

  vpc_security_group_ids = [aws_security_group.nodes.id]
  user_data              = base64encode(templatefile("${path.module}/worker.sh.tftpl", local.setup))

  iam_instance_profile {
    name = aws_iam_instance_profile.worker.name
  }

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = 60
      volume_type = "gp3"
      encrypted   = true
    }
  }
}

resource "aws_autoscaling_group" "workers" {
  name                = "${local.cluster}-workers"
  min_size            = var.workers.min
  max_size            = var.workers.max
  vpc_zone_identifier = var.subnet_ids

  launch_template {
    id      = aws_launch_template.worker.id
    version = aws_launch_template.worker.latest_version
  }

  dynamic "tag" {
    for_each = merge(local.cluster_tags, { Name = "${local.cluster}-worker" })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  depends_on = [aws_instance.control_plane]
}

# Network: nodes trust each other, the VPC may speak to the API server and to the shop's node port.

resource "aws_security_group" "nodes" {
  name_prefix = "${local.cluster}-nodes-"
  description = "Nodes of the shop's Kubernetes cluster"
  vpc_id      = var.vpc_id

  tags = local.cluster_tags
}

resource "aws_vpc_security_group_ingress_rule" "between_nodes" {
  security_group_id            = aws_security_group.nodes.id
  referenced_security_group_id = aws_security_group.nodes.id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_ingress_rule" "from_vpc" {
  for_each = { api-server = 6443, shop = 30080 }

  security_group_id = aws_security_group.nodes.id
  description       = each.key
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.nodes.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

# Roles: the control plane publishes the join command, the workers read it and use the queue.

data "aws_iam_policy_document" "machines" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "control_plane" {
  statement {
    actions   = ["ssm:PutParameter"]
    resources = ["arn:aws:ssm:${var.region}:${data.aws_caller_identity.current.account_id}:parameter${local.join_parameter}"]
  }
}

data "aws_iam_policy_document" "worker" {
  statement {
    actions   = ["ssm:GetParameter"]
    resources = ["arn:aws:ssm:${var.region}:${data.aws_caller_identity.current.account_id}:parameter${local.join_parameter}"]
  }

  statement {
    actions   = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]
    resources = [data.aws_sqs_queue.orders.arn]
  }
}

resource "aws_iam_role" "control_plane" {
  name               = "${local.cluster}-control-plane"
  assume_role_policy = data.aws_iam_policy_document.machines.json
}

resource "aws_iam_role_policy" "control_plane" {
  name   = "join-command"
  role   = aws_iam_role.control_plane.id
  policy = data.aws_iam_policy_document.control_plane.json
}

resource "aws_iam_instance_profile" "control_plane" {
  name = "${local.cluster}-control-plane"
  role = aws_iam_role.control_plane.name
}

resource "aws_iam_role" "worker" {
  name               = "${local.cluster}-worker"
  assume_role_policy = data.aws_iam_policy_document.machines.json
}

resource "aws_iam_role_policy" "worker" {
  name   = "join-and-orders"
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.worker.json
}

resource "aws_iam_instance_profile" "worker" {
  name = "${local.cluster}-worker"
  role = aws_iam_role.worker.name
}
