# One storage account each: whoever may write the state of test may write no other.
terraform {
  backend "azurerm" {
    resource_group_name  = "gridos-state"
    storage_account_name = "gridosstatetest"
    container_name       = "tfstate"
    key                  = "gridos.tfstate"
  }
}
