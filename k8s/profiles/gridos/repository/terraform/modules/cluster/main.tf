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
  description = "Id of the subnet that nodes are in"
}

variable "nodes" {
  type        = object({ size = string, least = number, most = optional(number, 10) })
  description = "Machines of the node pool; the cluster autoscaler stays between least and most"
}

resource "azurerm_kubernetes_cluster" "this" {
  name                = "${var.name}-cluster"
  resource_group_name = var.resource_group
  location            = var.location
  dns_prefix          = var.name

  default_node_pool {
    name                 = "system"
    vm_size              = var.nodes.size
    auto_scaling_enabled = true
    min_count            = var.nodes.least
    max_count            = var.nodes.most
    vnet_subnet_id       = var.subnet
  }

  network_profile {
    network_plugin = "azure"
    network_policy = "azure"
  }

  identity {
    type = "SystemAssigned"
  }
}

output "id" {
  value = azurerm_kubernetes_cluster.this.id
}
