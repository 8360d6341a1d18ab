from_auto = "unused"
