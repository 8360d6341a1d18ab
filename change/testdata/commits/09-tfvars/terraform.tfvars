worker_launch_type = "EC2"
