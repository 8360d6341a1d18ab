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
  description = "Name of the queue of orders."
  default     = "shop-orders"
}

variable "kubernetes_version" {
  type        = string
  description = "Minor version of Kubernetes, as the package repository names it."
  default     = "1.34"
}

variable "pod_cidr" {
  type        = string
  description = "Address range of the pods; it must not overlap the VPC."
  default     = "10.244.0.0/16"
}

variable "workers" {
  type        = object({ min = number, max = number, type = string })
  description = "Number and instance type of the worker machines."
  default     = { min = 2, max = 5, type = "m7i.large" }
}
