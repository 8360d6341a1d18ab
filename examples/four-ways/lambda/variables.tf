variable "region" {
  type        = string
  description = "Region the shop runs in."
  default     = "eu-central-1"
}

variable "vpc_id" {
  type        = string
  description = "VPC of the shop; the network is kept in a configuration of its own."
  default     = "vpc-0a5be11c0ffee0001"
}

variable "vpc_cidr" {
  type        = string
  description = "Address range of the VPC."
  default     = "10.20.0.0/16"
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets in two zones, with a route to AWS's APIs."
  default     = ["subnet-0a5be11c0ffee00a1", "subnet-0a5be11c0ffee00b1"]
}

variable "orders_queue" {
  type        = string
  description = "Name of the queue of orders; a message should stay hidden for two minutes, six times the timeout of the function."
  default     = "shop-orders"
}
