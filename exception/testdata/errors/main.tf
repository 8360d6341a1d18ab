resource "aws_sqs_queue" "jobs" {
  name = "jobs"
  # onus:accept owner=a until=2027-01-01 reason=x
  # onus:accept= owner=a until=2027-01-01 reason=x
  # onus:accept=data/protect until=2027-01-01
  # onus:accept=data/protect owner=a until=2027-13-01 reason=x
  # onus:accept=data/protect owner=a until=2027-01-01 reason="open
  # onus:accept=data/protect owner=a untill=2027-01-01 reason=x
  # onus:accept=data/protect owner=a owner=b until=2027-01-01 reason=x
  # onus:accept=data/protct owner=a until=2027-01-01 reason=x
  # onus:accept=*/protect owner=a until=2027-01-01 reason=x
  # onus:accept=* owner=a until=2027-01-01 reason=x
  # onus:accept=unheard-of owner=a until=2027-01-01 reason=x
  # onus:accept=data/protect owner=a until=2027-01-01 reason=two words
}
