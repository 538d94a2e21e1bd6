/// A self-signed certificate for localhost and 127.0.0.1, valid until 2126, and its key. Made for these tests by
///
///     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
///         -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1
enum TestCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUSafpEytQpBjMBM+DI9ziHLHwtaEwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA0MzQ1N1oYDzIxMjYxMDI4
        MDQzNDU3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAATjN9bRFqXjNBf41pSzJwVlqJ8LdN+xdK6UVNNmGUM0FJ0BMhs2sr1z
        4Rezo92ZOS/t8AEFv1p4D2kkB5aGH5xjo28wbTAdBgNVHQ4EFgQUHoutjnZD0yZl
        4Yl4oby+X0nv4e4wHwYDVR0jBBgwFoAUHoutjnZD0yZl4Yl4oby+X0nv4e4wDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIhAJ/naaXv4yHLrZFvS8LwYHkRLoiBVTkuvs5x4SJGxM7jAiA4
        UR8uk21sZj/M6Tr/Jt4DieitoXTTm2VwCnKGMV7GRA==
        -----END CERTIFICATE-----

        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUudqFBTpboQtSEew
        I3O1KMIJgf/gX01ETDK0gxhZjyqhRANCAATjN9bRFqXjNBf41pSzJwVlqJ8LdN+x
        dK6UVNNmGUM0FJ0BMhs2sr1z4Rezo92ZOS/t8AEFv1p4D2kkB5aGH5xj
        -----END PRIVATE KEY-----

        """

    /// The key of another certificate.
    static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgs2ZxAuySLh+gJveW
        L1WQTf5GeI6Aa4XaszBIcnoeOYChRANCAAR5HHriwdKOWlMe547vU2LiC7ochZbX
        T/mJeUrmheYdAZ5aSJK2ilkNxNoFJsbG8zBcR6tt/LuYsmowRWSFqQpz
        -----END PRIVATE KEY-----

        """
}
