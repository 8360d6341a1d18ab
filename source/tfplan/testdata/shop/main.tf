variable "services" {
  default = {
    web    = { fargate = true, image = "example/web:1" }
    worker = { fargate = false, image = "example/worker:1" }
  }
}

variable "database_password" {
  type      = string
  sensitive = true
  default   = "correct-horse"
}

module "cluster" {
  source = "./cluster"
  name   = "shop"
  ami    = "ami-0123456789abcdef0"
}

module "service" {
  source   = "./service"
  for_each = var.services

  name              = each.key
  cluster           = module.cluster.arn
  image             = each.value.image
  fargate           = each.value.fargate
  capacity_provider = module.cluster.capacity_provider
}

module "functions" {
  source = "./functions"
  count  = 1
  queue  = aws_sqs_queue.orders.arn
}

resource "aws_sqs_queue" "orders" {
  name           = "orders"
  redrive_policy = jsonencode({ deadLetterTargetArn = "arn:aws:sqs:eu-west-1:123456789012:dead", maxReceiveCount = 3 })
}

resource "aws_iam_role" "nodes" {
  name               = "nodes"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_eks_cluster" "main" {
  name     = "shop"
  role_arn = aws_iam_role.nodes.arn
  version  = "1.33"
  vpc_config {
    subnet_ids             = ["subnet-1", "subnet-2"]
    endpoint_public_access = false
  }
}

resource "aws_launch_template" "nodes" {
  name_prefix = "nodes-"
  image_id    = "ami-0fedcba9876543210"
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size = 50
      encrypted   = "true"
    }
  }
  metadata_options {
    http_tokens = "required"
  }
  tags = { team = "shop" }
}

resource "aws_eks_node_group" "main" {
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = "main"
  node_role_arn   = aws_iam_role.nodes.arn
  subnet_ids      = ["subnet-1"]
  launch_template {
    id      = aws_launch_template.nodes.id
    version = aws_launch_template.nodes.latest_version
  }
  scaling_config {
    desired_size = 2
    min_size     = 1
    max_size     = 3
  }
}

resource "aws_eks_node_group" "plain" {
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = "plain"
  node_role_arn   = aws_iam_role.nodes.arn
  subnet_ids      = ["subnet-1"]
  ami_type        = "AL2023_x86_64_STANDARD"
  scaling_config {
    desired_size = 1
    min_size     = 1
    max_size     = 1
  }
}

resource "aws_db_instance" "orders" {
  identifier              = "orders"
  engine                  = "postgres"
  engine_version          = "16.4"
  instance_class          = "db.t4g.medium"
  allocated_storage       = 20
  username                = "app"
  password                = var.database_password
  storage_encrypted       = true
  backup_retention_period = 7
  skip_final_snapshot     = true
}

resource "aws_rds_cluster" "reports" {
  cluster_identifier          = "reports"
  engine                      = "aurora-postgresql"
  master_username             = "app"
  manage_master_user_password = true
  skip_final_snapshot         = true
}

resource "aws_rds_cluster_instance" "reports" {
  count              = 2
  identifier         = "reports-${count.index}"
  cluster_identifier = aws_rds_cluster.reports.id
  engine             = aws_rds_cluster.reports.engine
  instance_class     = "db.r6g.large"
}
