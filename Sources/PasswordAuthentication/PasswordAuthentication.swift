// PasswordAuthentication
