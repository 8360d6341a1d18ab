resource "aws_sqs_queue" "this" {
  #onus:accept=some-check owner=payments until=2027-01-01 reason=inside
  for_each = toset(["a", "b"])
  name     = each.key
}
resource "aws_sqs_queue" "other" {
  name = "other"
}
