// CellarServer
