variable "name" {
  type = string
}

variable "resource_group" {
  type = string
}

variable "location" {
  type = string
}

variable "subnet" {
  type        = string
  description = "Id of the subnet of private endpoints"
}

variable "size" {
  type = string
}

variable "password" {
  type      = string
  sensitive = true
}

variable "backup_days" {
  type    = number
  default = 14
}

resource "azurerm_postgresql_flexible_server" "this" {
  name                          = "${var.name}-database"
  resource_group_name           = var.resource_group
  location                      = var.location
  version                       = "17"
  sku_name                      = var.size
  administrator_login           = "gridos"
  administrator_password        = var.password
  public_network_access_enabled = false
  backup_retention_days         = var.backup_days

  high_availability {
    mode = "ZoneRedundant"
  }
}

resource "azurerm_private_endpoint" "this" {
  name                = "${var.name}-database"
  resource_group_name = var.resource_group
  location            = var.location
  subnet_id           = var.subnet

  private_service_connection {
    name                           = "database"
    private_connection_resource_id = azurerm_postgresql_flexible_server.this.id
    subresource_names              = ["postgresqlServer"]
    is_manual_connection           = false
  }
}
