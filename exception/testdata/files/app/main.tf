resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
resource "aws_sqs_queue" "many" {
  count = 2
  name  = "many-${count.index}"
}
resource "aws_sns_topic" "t" {
  name = "t"
}
