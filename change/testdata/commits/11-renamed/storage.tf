resource "aws_db_instance" "order_database" {
  identifier                 = "orders"
  engine                     = "postgres"
  engine_version             = "17.2"
  instance_class             = "db.t4g.medium"
  allocated_storage          = 20
  auto_minor_version_upgrade = false
}

module "people" {
  source = "./modules/db"
  name   = "customers"
}

resource "aws_sqs_queue" "work" {
  name = "jobs"
}

moved {
  from = module.customers
  to   = module.people
}
