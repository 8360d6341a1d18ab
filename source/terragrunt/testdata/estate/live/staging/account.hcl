locals {
  account_name = "acme-staging"
}
