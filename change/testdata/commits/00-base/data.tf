resource "aws_db_instance" "orders" {
  identifier                 = "orders"
  engine                     = "postgres"
  engine_version             = "17.2"
  instance_class             = "db.t4g.medium"
  allocated_storage          = 20
  auto_minor_version_upgrade = true
}

module "customers" {
  source = "./modules/db"
  name   = "customers"
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
