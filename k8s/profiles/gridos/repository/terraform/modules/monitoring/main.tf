variable "name" {
  type = string
}

variable "resource_group" {
  type = string
}

variable "location" {
  type = string
}

variable "cluster" {
  type        = string
  description = "Id of the cluster whose control plane is watched"
}

variable "retention_days" {
  type = number
}

resource "azurerm_log_analytics_workspace" "this" {
  name                = "${var.name}-logs"
  resource_group_name = var.resource_group
  location            = var.location
  retention_in_days   = var.retention_days
}

resource "azurerm_monitor_diagnostic_setting" "cluster" {
  name                       = "${var.name}-control-plane"
  target_resource_id         = var.cluster
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id

  enabled_log {
    category = "kube-audit-admin"
  }
}
