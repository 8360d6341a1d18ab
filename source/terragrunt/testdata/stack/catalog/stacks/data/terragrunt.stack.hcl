unit "users" {
  source = "../../units/table"
  path   = "users"
  values = { name = "${values.prefix}-users" }
}

unit "orders" {
  source = "../../units/table"
  path   = "orders"
  values = { name = "${values.prefix}-orders" }
}
