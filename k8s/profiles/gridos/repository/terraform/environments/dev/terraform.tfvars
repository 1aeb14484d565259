environment   = "dev"
address_space = "10.10.0.0/16"
nodes         = { size = "Standard_D2s_v5", least = 1, most = 3 }
database_size = "GP_Standard_D2s_v3"
