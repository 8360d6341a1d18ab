# onus:accept=backup/recover owner=pay until=2027-01-01 reason="The file."

resource "aws_sqs_queue" "jobs" {
  # onus:accept=data/protect owner=pay until=2027-01-01 reason="In plan mode too."
  name = "jobs"
}
# onus:accept=network/configure owner=pay until=2027-01-01 reason="A module in plan mode."
module "t" {
  source = "./t"
}
