// CellarHTTP
