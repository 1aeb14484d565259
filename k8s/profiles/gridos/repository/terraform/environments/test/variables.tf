variable "environment" {
  type = string
}

variable "location" {
  type    = string
  default = "westeurope"
}

variable "address_space" {
  type = string
}

variable "nodes" {
  type = object({ size = string, least = number, most = optional(number, 10) })
}

variable "database_size" {
  type = string
}

variable "database_password" {
  type        = string
  sensitive   = true
  description = "From the pipeline, as TF_VAR_database_password"
}

variable "retention_days" {
  type    = number
  default = 30
}
