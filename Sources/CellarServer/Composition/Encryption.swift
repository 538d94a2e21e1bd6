import NIOCore
import NIOSSL
import ServerConfiguration
import Synchronization

/// The server's side of TLS, from the files that the configuration names.
final class Encryption: Sendable {
    private let files: TLSFiles
    private let context: Mutex<NIOSSLContext>

    /// Reads the certificate and its key, and checks that they belong together.
    ///
    /// Throws `CommandFailure` that names the file and the setting.
    init(_ files: TLSFiles) throws {
        self.files = files
        context = Mutex(try NIOSSLContext(configuration: Self.configuration(files)))
    }

    /// Reads both files again, for new connections; nothing changes if that fails.
    ///
    /// Throws `CommandFailure` that names the file and the setting.
    func readAgain() throws {
        let fresh = try NIOSSLContext(configuration: Self.configuration(files))
        context.withLock { $0 = fresh }
    }

    /// Puts TLS before everything else on a connection.
    var prepare: @Sendable (any Channel) throws -> Void { { [self] channel in try add(to: channel) } }

    private func add(to channel: any Channel) throws {
        var settings = NIOSSLHandler.Configuration()
        // A connection keeps no buffer of the largest answer that it ever sent.
        settings.maximumPreservedOutboundBufferCapacity = 32 << 10
        try channel.pipeline.syncOperations.addHandler(
            NIOSSLServerHandler(
                context: context.withLock { $0 }, customVerificationCallback: nil, configuration: settings))
    }

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

    private static func unreadable(_ thing: String, _ file: String, _ setting: String) -> CommandFailure {
        CommandFailure(
            .configuration,
            "The \(thing) \(file) (\(setting)) cannot be read: it must be a readable PEM file without a pass phrase.")
    }
}
