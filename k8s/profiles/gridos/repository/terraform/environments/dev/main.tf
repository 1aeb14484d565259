# The same text in every environment: what sets them apart stands in terraform.tfvars, and their states in backend.tf.
terraform {
  required_version = "~> 1.13"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.47.0"
    }
  }
}

provider "azurerm" {
  features {}
}

locals {
  name = "gridos-${var.environment}"
}

resource "azurerm_resource_group" "this" {
  name     = local.name
  location = var.location
}

module "network" {
  source         = "../../modules/network"
  name           = local.name
  resource_group = azurerm_resource_group.this.name
  location       = var.location
  address_space  = var.address_space
}

module "cluster" {
  source         = "../../modules/cluster"
  name           = local.name
  resource_group = azurerm_resource_group.this.name
  location       = var.location
  subnet         = module.network.nodes_subnet
  nodes          = var.nodes
}

module "database" {
  source         = "../../modules/database"
  name           = local.name
  resource_group = azurerm_resource_group.this.name
  location       = var.location
  subnet         = module.network.data_subnet
  size           = var.database_size
  password       = var.database_password
}

module "monitoring" {
  source         = "../../modules/monitoring"
  name           = local.name
  resource_group = azurerm_resource_group.this.name
  location       = var.location
  cluster        = module.cluster.id
  retention_days = var.retention_days
}
