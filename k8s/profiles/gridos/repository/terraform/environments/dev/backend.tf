# One storage account each: whoever may write the state of dev may write no other.
terraform {
  backend "azurerm" {
    resource_group_name  = "gridos-state"
    storage_account_name = "gridosstatedev"
    container_name       = "tfstate"
    key                  = "gridos.tfstate"
  }
}
