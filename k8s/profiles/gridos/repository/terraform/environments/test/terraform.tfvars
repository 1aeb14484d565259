environment   = "test"
address_space = "10.20.0.0/16"
nodes         = { size = "Standard_D2s_v5", least = 2, most = 4 }
database_size = "GP_Standard_D2s_v3"
