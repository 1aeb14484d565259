variable "name" {
  type        = string
  description = "First part of the names of what is made here"
}

variable "resource_group" {
  type = string
}

variable "location" {
  type = string
}

variable "address_space" {
  type        = string
  description = "Of the whole network, such as 10.10.0.0/16"
}

resource "azurerm_virtual_network" "this" {
  name                = "${var.name}-network"
  resource_group_name = var.resource_group
  location            = var.location
  address_space       = [var.address_space]
}

resource "azurerm_subnet" "nodes" {
  name                 = "nodes"
  resource_group_name  = var.resource_group
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = [cidrsubnet(var.address_space, 4, 0)]
}

# Private endpoints only: nothing in it has an address that the internet could reach.
resource "azurerm_subnet" "data" {
  name                 = "data"
  resource_group_name  = var.resource_group
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = [cidrsubnet(var.address_space, 8, 32)]
}

output "nodes_subnet" {
  value = azurerm_subnet.nodes.id
}

output "data_subnet" {
  value = azurerm_subnet.data.id
}
