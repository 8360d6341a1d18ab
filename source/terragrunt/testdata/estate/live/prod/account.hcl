locals {
  account_name = "acme-prod"
}
