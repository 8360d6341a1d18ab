resource "aws_sns_topic" "t" {
  name = "t" # onus:accept=logging/watch owner=pay until=2027-01-01 reason="Inside."
}
