# Who approves a deployment is a setting of GitHub, made here so that it can be read.
terraform {
  required_version = "~> 1.13"
  required_providers {
    github = {
      source  = "integrations/github"
      version = "~> 6.7.0"
    }
  }
  backend "azurerm" {
    resource_group_name  = "gridos-state"
    storage_account_name = "gridosstateplatform"
    container_name       = "tfstate"
    key                  = "repository.tfstate"
  }
}

data "github_team" "release" {
  slug = "release-managers"
}

resource "github_repository_environment" "test" {
  repository        = "gridos"
  environment       = "test"
  can_admins_bypass = false

  reviewers {
    teams = [data.github_team.release.id]
  }
}

resource "github_repository_environment" "prod" {
  repository          = "gridos"
  environment         = "prod"
  can_admins_bypass   = false
  prevent_self_review = true

  reviewers {
    teams = [data.github_team.release.id]
  }
}
