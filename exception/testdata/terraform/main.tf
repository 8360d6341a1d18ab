# onus:accept=backup/recover owner=data until=2027-06-30 reason="A sandbox: nothing here is kept."

variable "role" {
  # onus:accept=data/protect owner=data until=2027-01-01 reason="On a variable: applies to nothing."
  default = "arn:aws:iam::111111111111:role/x"
}

# onus:accept=operating-system/apply,imdsv2 owner=platform until=2027-03-31 reason="Replaced in \"Q1\"."
# A further comment.
resource "aws_instance" "legacy" {
  count         = 2
  ami           = "ami-12345678"
  instance_type = "t3.micro"
  user_data     = <<-EOT
    #!/bin/sh
    # onus:accept=network/configure owner=x until=2027-01-01 reason="In a script: no comment."
  EOT
}

resource "aws_sqs_queue" "jobs" { // onus:accept=data/* owner=payments until=2026-12-01 reason="Trailing."
  name = "jobs"
  /* onus:accept=logging/watch
       owner=payments until=2020-01-01
       reason="Long over." */
}

resource "aws_sns_topic" "t" { name = "t${1 + 1}" } # onus:accept=identity/configure owner=a until=2040-01-01 reason=far

# onus:accept=data/protect owner=a until=2027-01-01 reason="Floats: a blank line follows."

# onus:accept=network/* owner=net until=2027-01-01 reason="The whole module."
module "q" {
  source = "./modules/queue"
}
