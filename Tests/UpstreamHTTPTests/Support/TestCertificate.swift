/// A self-signed certificate for localhost, files.example and 127.0.0.1, valid until 2126, and its key. Made for these
/// tests by
///
///     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
///         -subj /CN=localhost -addext subjectAltName=DNS:localhost,DNS:files.example,IP:127.0.0.1
enum TestCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBqjCCAVCgAwIBAgIUDehLAtnguxSlbom9eMc1zjZ0WIwwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA5NDEwOVoYDzIxMjYxMDI4
        MDk0MTA5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAT1egccKSf3tIYis57+3ewKbM/U/YnU0ZrbmSbBj0iv8oUYUJ/UaNP0
        Jtd7NghxXjvxxLW3R6vfxQg8KrT8RsMCo34wfDAdBgNVHQ4EFgQU4z0YyyDioBm4
        rWtvkKovgSelS3UwHwYDVR0jBBgwFoAU4z0YyyDioBm4rWtvkKovgSelS3UwDwYD
        VR0TAQH/BAUwAwEB/zApBgNVHREEIjAggglsb2NhbGhvc3SCDWZpbGVzLmV4YW1w
        bGWHBH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIgOJ1UsLDuQz/R44Ld1wj0o4H2dkN0
        aRA0pJLVvJOnVysCIQCyLg3Hvr4h/PoY4h3vqDIrFevIyrr4QuajRp6cYIrXvg==
        -----END CERTIFICATE-----

        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgB4Piwm9hv4nC/0fQ
        PAYzfIS4uG5S+L1HCkfZSsTiOe2hRANCAAT1egccKSf3tIYis57+3ewKbM/U/YnU
        0ZrbmSbBj0iv8oUYUJ/UaNP0Jtd7NghxXjvxxLW3R6vfxQg8KrT8RsMC
        -----END PRIVATE KEY-----

        """
}
