from_tfvars = "tfvars"
