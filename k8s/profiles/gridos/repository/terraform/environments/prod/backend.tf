# One storage account each: whoever may write the state of prod may write no other.
terraform {
  backend "azurerm" {
    resource_group_name  = "gridos-state"
    storage_account_name = "gridosstateprod"
    container_name       = "tfstate"
    key                  = "gridos.tfstate"
  }
}
