environment    = "prod"
address_space  = "10.30.0.0/16"
nodes          = { size = "Standard_D4s_v5", least = 3 }
database_size  = "GP_Standard_D4s_v3"
retention_days = 90
