variable "name" {}

variable "minor_upgrades" {
  default = false
}

resource "aws_db_instance" "this" {
  identifier                 = var.name
  engine                     = "postgres"
  engine_version             = "17.2"
  instance_class             = "db.t4g.medium"
  allocated_storage          = 20
  auto_minor_version_upgrade = var.minor_upgrades
}
