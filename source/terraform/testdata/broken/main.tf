resource "aws_ecs_cluster" "good" { name = "good" }
locals {
  a = local.b
  b = local.a
}
resource "aws_ecs_cluster" "cyclic" { name = local.a }
resource "aws_ecs_cluster" "outside" { name = file("../../../../../etc/passwd") }
resource "aws_ecs_cluster" "missing" { name = file("${path.module}/missing.txt") }
resource "aws_ecs_cluster" "huge" { name = length(range(0, 1e9)) }
resource "aws_ecs_cluster" "many" { count = 1000000 }
module "outside" { source = "../../../../../../../elsewhere" }
module "self" { source = "./" }
