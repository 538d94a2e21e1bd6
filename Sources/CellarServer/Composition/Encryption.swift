import NIOCore
import NIOSSL
import ServerConfiguration

/// The server's side of TLS, from the files that the configuration names.
enum Encryption {
    /// Reads the certificate and its key, and checks that they belong together.
    ///
    /// Throws `CommandFailure` that names the file and the setting.
    static func configuration(_ files: TLSFiles) throws -> TLSConfiguration {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(files.certificate)
        } catch {
            throw unreadable("certificate", files.certificate, "server.tls_certificate")
        }
        guard !chain.isEmpty else { throw unreadable("certificate", files.certificate, "server.tls_certificate") }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: files.key, format: .pem)
        } catch {
            throw unreadable("private key", files.key, "server.tls_key")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["h2", "http/1.1"]
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw CommandFailure(
                .configuration,
                """
                The key \(files.key) (server.tls_key) does not belong to the certificate \
                \(files.certificate) (server.tls_certificate).
                """)
        }
        return configuration
    }

    /// Returns what puts TLS before everything else on a connection.
    static func handler(_ configuration: TLSConfiguration) throws -> @Sendable (any Channel) throws -> Void {
        let context = try NIOSSLContext(configuration: configuration)
        return { channel in
            var settings = NIOSSLHandler.Configuration()
            // A connection keeps no buffer of the largest answer that it ever sent.
            settings.maximumPreservedOutboundBufferCapacity = 32 << 10
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLServerHandler(context: context, customVerificationCallback: nil, configuration: settings))
        }
    }

    private static func unreadable(_ thing: String, _ file: String, _ setting: String) -> CommandFailure {
        CommandFailure(
            .configuration,
            "The \(thing) \(file) (\(setting)) cannot be read: it must be a readable PEM file without a pass phrase.")
    }
}
