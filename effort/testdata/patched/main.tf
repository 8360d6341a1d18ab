resource "aws_instance" "web" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "m7i.large"
}

resource "aws_ssm_association" "patch" {
  name                = "AWS-RunPatchBaseline"
  schedule_expression = "rate(7 days)"

  parameters = {
    Operation = "Install"
  }

  targets {
    key    = "InstanceIds"
    values = [aws_instance.web.id]
  }
}
