terraform {
  source = "."
}

inputs = {
  name = values.name
  keys = values.keys
}
