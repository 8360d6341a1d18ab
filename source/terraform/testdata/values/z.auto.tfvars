from_auto = "python3.13"
