import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@testable import Provenance

@Suite("Trust roots")
struct TrustRootTests {
    @Test("Sigstore's own trust roots are read; keys of kinds that are not known are ignored and told")
    func sigstore() throws {
        let root = try Fixture.publicRoot()
        #expect(root.authorities.map { $0.intermediates.count } == [0, 1])
        #expect(root.transparencyLogs.count == 2)
        #expect(root.certificateLogs.count == 2)
        #expect(root.ignored.isEmpty)
        let staging = try Fixture.stagingRoot()
        #expect(staging.certificateLogs.count == 3)
        #expect(staging.ignored.count == 1)
        #expect(staging.ignored[0].contains("PKCS1_RSA_PKCS1V5"))
    }

    @Test("PEM texts do the same as trusted_root.json")
    func pem() async throws {
        let sigstore = try TestSigstore()
        let certificates = try [sigstore.root, sigstore.intermediate].map {
            try $0.certificate.serializeAsPEM().pemString
        }
        let root = try TrustRoot(
            certificates: certificates.joined(separator: "\n"),
            transparencyLogKeys: sigstore.log.publicKey.pemRepresentation,
            certificateLogKeys: sigstore.certificateLog.publicKey.pemRepresentation)
        _ = try await Judge(trustRoot: root).verify(Forgery(sigstore: sigstore).attestation())
        var forgery = Forgery(sigstore: sigstore)
        forgery.request.timestamps = .none
        let withoutLogs = try TrustRoot(
            certificates: certificates.joined(separator: "\n"),
            transparencyLogKeys: sigstore.log.publicKey.pemRepresentation)
        _ = try await Judge(trustRoot: withoutLogs).verify(forgery.attestation())
        let foreign = try TestSigstore()
        await expectRefusal(.certificateUntrusted) {
            let other = try TrustRoot(
                certificates: foreign.root.certificate.serializeAsPEM().pemString,
                transparencyLogKeys: sigstore.log.publicKey.pemRepresentation)
            _ = try await Judge(trustRoot: other).verify(forgery.attestation())
        }
    }

    @Test("Each kind of key signs with its own algorithm")
    func kinds() throws {
        let message = Array("message".utf8)
        let (p256, p384, p521) = (
            P256.Signing.PrivateKey(), P384.Signing.PrivateKey(), P521.Signing.PrivateKey()
        )
        let ed25519 = Curve25519.Signing.PrivateKey()
        let signatures: [(Certificate.PublicKey, Data, isECDSA: Bool)] = [
            (.init(p256.publicKey), try p256.signature(for: SHA256.hash(data: message)).derRepresentation, true),
            (.init(p384.publicKey), try p384.signature(for: SHA384.hash(data: message)).derRepresentation, true),
            (.init(p521.publicKey), try p521.signature(for: SHA512.hash(data: message)).derRepresentation, true),
            (.init(ed25519.publicKey), try ed25519.signature(for: message), false),
        ]
        for (key, signature, isECDSA) in signatures {
            let log = try #require(LogKey(publicKeyInfo: serialized(key)))
            #expect(log.key.isValid(Array(signature), for: message))
            #expect(!log.key.isValid(Array(signature), for: message + [0]))
            #expect(!log.key.isValid([], for: message))
            #expect(log.key.isECDSA == isECDSA)
        }
        let otherHash = try p384.signature(for: SHA256.hash(data: message)).derRepresentation
        #expect(!SignatureKey(.init(p384.publicKey)).isValid(Array(otherHash), for: message))
        #expect(LogKey(publicKeyInfo: [1, 2, 3]) == nil)
    }

    @Test("A key of RSA verifies PKCS #1 signatures with SHA-256, made with OpenSSL here")
    func rsa() throws {
        let key = try #require(SignatureKey(publicKeyInfo: Self.bytes(Self.rsaKey)))
        let signature = try Self.bytes(Self.rsaSignature)
        #expect(key.isValid(signature, for: Array("message".utf8)))
        #expect(!key.isValid(signature, for: Array("massage".utf8)))
        #expect(key.usesSHA256)
        #expect(!key.isECDSA)
    }

    private static func bytes(_ base64: String) throws -> [UInt8] {
        Array(try #require(Data(base64Encoded: base64.replacing("\n", with: ""))))
    }

    private static let rsaKey = """
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnsVfVZ5zMQVMf1SycI1QaCq6e9m1gowy
        /pxAbC6isJ+Qs+nnAaIEi+80XfWTUnbUWOCNV9V7QO23Kxn+tgcZ9zxlOYW3s8TBq1xNcs6IANwP
        tVCqbQnMt2re/BV1pSkMNulu4rT/pTrPwSIWneFZLBoYu5H5qrNJ6rQ/+Fx3E55MYWvd4A4/YgIF
        RmnjOdlzr15e7Ev7+cBPY68S2zob67P0aLCjXWZ6HiCfvA0V32tzaqPvMvyVBRFlKo4yBAzQEbYZ
        tG2e+NlFYfsblSK+TWaTCnQkvq7K8LZ07fVvjjzHW5vxtp0gn5ljjsgQrj7ikhkLpXcyOvaE2Vz9
        gaNG+QIDAQAB
        """

    private static let rsaSignature = """
        b+WOfPZnYYdFuAUhtyFc0PlJqwGHeACLFNbOH84m66sB1PBLNnjmpzEB2MTOShUGpJSIZ2MA7ZLm
        mW/29AR+Rpb+2ViEhykIdvAcI1v/yl4yGBwCTkpYdIqir4eedzvaZUSdfbVvn52S3i5CTfaDh84C
        JFO4CtlH5ZGiRPpHMK6yt4qgHnVp78lV9qJrWXs43wVmlNpysB3AilBV2Soe6VAABA45uUq6UEUH
        i7ftT7n4gjuzwJhMhh17H5C/67tQp2X8Q1abNeMfgvwUtHnVUIHnSstpA21nS3xY4D3yB8j/FcIN
        hb0tsJXYPwG6mR+O0f0pDSONBw8qkal5opmV6g==
        """

    @Test("PEM texts that cannot be used are refused")
    func malformedPEM() async throws {
        let sigstore = try TestSigstore()
        let certificate = try sigstore.root.certificate.serializeAsPEM().pemString
        let intermediate = try sigstore.intermediate.certificate.serializeAsPEM().pemString
        let key = sigstore.log.publicKey.pemRepresentation
        let wrong = [
            ("", key), (certificate, ""), (key, key), (certificate, certificate), (intermediate, key),
            ("certificate", key), (certificate, "key"),
            (certificate.replacing("MII", with: "MIJ"), key), (certificate, sigstore.log.pemRepresentation),
        ]
        for (certificates, keys) in wrong {
            await expectRefusal(.trustRootInvalid) {
                _ = try TrustRoot(certificates: certificates, transparencyLogKeys: keys)
            }
        }
    }

    @Test(
        "A trusted_root.json that cannot be used is refused",
        arguments: [
            ("application/vnd.dev.sigstore.trustedroot", "application/json"), (#""tlogs""#, #""logs""#),
            (#""certificateAuthorities""#, #""authorities""#), (#""rawBytes": "MIIB"#, #""rawBytes": "MIIC"#),
            (#""rawBytes": "MIIB"#, #""rawBytes": "!"#), (#""start": "2021"#, #""start": "21"#),
            (#""keyId": "wNI9"#, #""keyId": "wN"#), (#""mediaType""#, #""mediaType": 1, "mediaType""#),
        ])
    func malformed(_ part: String, _ replacement: String) async throws {
        let text = String(decoding: try Fixture.bytes("sigstore-public-trusted-root.json"), as: UTF8.self)
        try #require(text.contains(part))
        await expectRefusal(.trustRootInvalid) {
            _ = try TrustRoot(sigstore: Array(text.replacing(part, with: replacement, maxReplacements: 1).utf8))
        }
    }
}
