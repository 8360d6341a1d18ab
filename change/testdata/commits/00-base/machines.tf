resource "aws_launch_template" "web" {
  name     = "web"
  image_id = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_autoscaling_group" "web" {
  name     = "web"
  min_size = 1
  max_size = 3
  launch_template {
    id      = aws_launch_template.web.id
    version = "$Latest"
  }
}
