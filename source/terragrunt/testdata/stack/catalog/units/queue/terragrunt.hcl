inputs = {
  name = values.name
  fifo = try(values.fifo, false)
}
