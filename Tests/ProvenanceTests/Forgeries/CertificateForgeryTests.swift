import Crypto
import PackagingStandards
import SwiftASN1
import Testing
import X509

@testable import Provenance

@Suite("Forged certificates")
struct CertificateForgeryTests {
    private static let cases: [ForgedCase] = [
        ForgedCase("foreign authority of the same names", .certificateUntrusted) {
            $0.request.issuer = try TestSigstore().intermediate
        },
        ForgedCase("another authority's key under ours", .certificateUntrusted) {
            let foreign = try TestSigstore().intermediate
            $0.request.issuer = TestSigstore.Issuer(
                key: foreign.key, certificate: $0.sigstore.intermediate.certificate)
        },
        ForgedCase("the authority's own certificate", .certificateInvalid) {
            $0.certificate = try der($0.sigstore.intermediate.certificate)
        },
        ForgedCase("no certificate", .certificateInvalid) { $0.certificate = Array("certificate".utf8) },
        ForgedCase("something after the certificate", .certificateInvalid) {
            $0.certificate = try $0.sigstore.certificate($0.request, for: $0.key.publicKey) + [0]
        },
        ForgedCase("expired when it was recorded", .certificateExpired) { $0.time = 541 },
        ForgedCase("expired for long", .certificateExpired) { $0.time = 1_000_000 },
        ForgedCase("not yet valid when it was recorded", .certificateExpired) { $0.time = -61 },
        ForgedCase("not for code signing", .certificateInvalid) { $0.request.purposes = [.serverAuth] },
        ForgedCase("for any purpose", .certificateInvalid) { $0.request.purposes = [.any] },
        ForgedCase("for no purpose", .certificateInvalid) { $0.request.purposes = [] },
        ForgedCase("not for signatures", .certificateInvalid) { $0.request.usage = KeyUsage(keyEncipherment: true) },
        ForgedCase("without key usage", .certificateInvalid) { $0.request.usage = nil },
        ForgedCase("an authority", .certificateInvalid) {
            $0.request.constraints = .isCertificateAuthority(maxPathLength: nil)
        },
        ForgedCase("issued to nobody", .certificateInvalid) { $0.request.names = [] },
        ForgedCase("issued to a host", .certificateInvalid) { $0.request.names = [.dnsName("github.com")] },
        ForgedCase("no issuer of the identity", .certificateInvalid) { $0.request.claims[.issuer] = nil },
        ForgedCase("two issuers of the identity", .certificateInvalid) {
            $0.request.olderIssuer = "https://accounts.google.com"
        },
        ForgedCase("an Ed25519 key", .certificateInvalid) {
            $0.request.publicKey = .init(Curve25519.Signing.PrivateKey().publicKey)
        },
        ForgedCase("another key", .signatureInvalid) {
            $0.request.publicKey = .init(P384.Signing.PrivateKey().publicKey)
        },
        ForgedCase("a claim that is no text", .certificateInvalid) {
            $0.request.claims[.buildTrigger] = nil
            $0.request.others = [.init(oid: try TestSigstore.fulcio(20), critical: false, value: [0x04, 0x01, 0x61])]
        },
        ForgedCase("a claim with something after it", .certificateInvalid) {
            $0.request.others = [
                .init(oid: try TestSigstore.fulcio(20), critical: false, value: [0x0C, 0x01, 0x61, 0x00])
            ]
        },
        ForgedCase("a claim that is not UTF-8", .certificateInvalid) {
            $0.request.others = [.init(oid: try TestSigstore.fulcio(20), critical: false, value: [0x0C, 0x01, 0xFF])]
        },
        ForgedCase("an unknown critical extension", .certificateUntrusted) {
            $0.request.others = [.init(oid: [1, 2, 3, 4], critical: true, value: [0x05, 0x00])]
        },
        ForgedCase("no timestamp of a certificate log", .certificateUnrecorded) { $0.request.timestamps = .none },
        ForgedCase("timestamp of an unknown certificate log", .certificateUnrecorded) {
            $0.request.timestamps = .by(P256.Signing.PrivateKey())
        },
        ForgedCase("timestamp of the transparency log", .certificateUnrecorded) {
            $0.request.timestamps = .by($0.sigstore.log)
        },
        ForgedCase("timestamp for another authority", .certificateUnrecorded) {
            $0.request.timestamps = .forIssuer($0.sigstore.root.certificate)
        },
        ForgedCase("an empty list of timestamps", .certificateUnrecorded) { $0.request.timestamps = .raw([0, 0]) },
        ForgedCase("a list of timestamps that ends too early", .certificateInvalid) {
            $0.request.timestamps = .raw([0, 4, 0, 9, 0, 0])
        },
        ForgedCase("something after the timestamps", .certificateInvalid) { $0.request.timestamps = .raw([0, 0, 0]) },
        ForgedCase("too many timestamps", .certificateInvalid) {
            $0.request.timestamps = .raw([0, 27] + Array(repeating: [0, 1, 9], count: 9).flatMap(\.self))
        },
    ]

    @Test("Forgeries are refused", arguments: cases)
    func refused(_ forged: ForgedCase) async throws {
        try await forged.judge()
    }

    @Test("A certificate that its holder issued to itself is refused")
    func selfIssued() async throws {
        let sigstore = try TestSigstore()
        let own = try TestSigstore()
        let judge = Judge(trustRoot: try sigstore.trustRoot(certificateLogs: false))
        var forgery = Forgery(sigstore: sigstore)
        forgery.request.issuer = own.root
        forgery.request.timestamps = .none
        await expectRefusal(.certificateUntrusted) { _ = try await judge.verify(forgery.attestation()) }
    }

    @Test("A certificate by an authority for other purposes is refused")
    func purposes() async throws {
        let sigstore = try TestSigstore(purposes: [.serverAuth])
        await expectRefusal(.certificateUntrusted) {
            _ = try await Judge(trustRoot: sigstore.trustRoot()).verify(Forgery(sigstore: sigstore).attestation())
        }
    }

    @Test(
        "An authority counts only while it is in use",
        arguments: [#""end":"2026-01-10T11:59:59Z""#, #""start":"2026-01-10T12:00:01Z""#])
    func authorityPeriod(_ period: String) async throws {
        let sigstore = try TestSigstore()
        await expectRefusal(.certificateExpired) {
            _ = try await Judge(trustRoot: sigstore.trustRoot(.init(authority: period)))
                .verify(Forgery(sigstore: sigstore).attestation())
        }
    }

    @Test(
        "A certificate log counts only while it is in use",
        arguments: [#""end":"2026-01-10T11:59:59Z""#, #""start":"2026-01-10T12:00:01Z""#])
    func certificateLogPeriod(_ period: String) async throws {
        let sigstore = try TestSigstore()
        await expectRefusal(.certificateUnrecorded) {
            _ = try await Judge(trustRoot: sigstore.trustRoot(.init(certificateLog: period)))
                .verify(Forgery(sigstore: sigstore).attestation())
        }
    }

    @Test("Periods include their ends")
    func periods() async throws {
        let sigstore = try TestSigstore()
        let moment = #""start":"2026-01-10T12:00:00Z","end":"2026-01-10T12:00:00Z""#
        let root = try sigstore.trustRoot(.init(authority: moment, log: moment, certificateLog: moment))
        _ = try await Judge(trustRoot: root).verify(Forgery(sigstore: sigstore).attestation())
    }
}
