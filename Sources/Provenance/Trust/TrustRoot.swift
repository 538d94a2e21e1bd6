import PackagingStandards
import SwiftASN1
import X509

/// Whom an index trusts for attestations: certificate authorities (Fulcio), transparency logs (Rekor version 1) and
/// certificate transparency logs.
///
/// It is configuration: nothing is fetched.
package struct TrustRoot: Sendable {
    let authorities: [CertificateAuthority]
    /// At least one.
    let transparencyLogs: [LogKey]
    /// If there are none, certificates need not be recorded.
    let certificateLogs: [LogKey]
    /// What the configuration has beyond that and is not used, such as keys of unknown kinds, as sentences.
    package let ignored: [String]

    private static let maximumSize = 1 << 20

    private init(
        authorities: [CertificateAuthority], transparencyLogs: [LogKey], certificateLogs: [LogKey], ignored: [String]
    ) throws(ProvenanceError) {
        guard !authorities.isEmpty else {
            throw ProvenanceError(.trustRootInvalid, "The trust root has no certificate authority.")
        }
        guard !transparencyLogs.isEmpty else {
            throw ProvenanceError(.trustRootInvalid, "The trust root has no transparency log with a usable key.")
        }
        self.authorities = authorities
        self.transparencyLogs = transparencyLogs
        self.certificateLogs = certificateLogs
        self.ignored = ignored
    }

    /// Reads Sigstore's `trusted_root.json`.
    ///
    /// <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto>
    package init(sigstore json: [UInt8]) throws(ProvenanceError) {
        let root = try JSONObject(
            parsing: json, atMost: Self.maximumSize, as: "the trust root", code: .trustRootInvalid)
        let mediaType = try root.string("mediaType")
        guard mediaType.hasPrefix("application/vnd.dev.sigstore.trustedroot") else {
            throw root.refusal("is of the media type \(ShownText.quoted(mediaType))")
        }
        var authorities: [CertificateAuthority] = []
        for value in try root.optionalArray("certificateAuthorities", atMost: 100) {
            authorities.append(try CertificateAuthority(sigstore: value))
        }
        var ignored: [String] = []
        let transparencyLogs = try Self.logs(in: root, "tlogs", ignored: &ignored)
        let certificateLogs = try Self.logs(in: root, "ctlogs", ignored: &ignored)
        try self.init(
            authorities: authorities, transparencyLogs: transparencyLogs, certificateLogs: certificateLogs,
            ignored: ignored)
    }

    /// Reads PEM texts: certificates of authorities, of which those that sign themselves are the roots, and public keys of
    /// logs.
    package init(
        certificates: String, transparencyLogKeys: String, certificateLogKeys: String = ""
    ) throws(ProvenanceError) {
        try self.init(
            authorities: [CertificateAuthority(pem: certificates)],
            transparencyLogs: Self.keys(pem: transparencyLogKeys), certificateLogs: Self.keys(pem: certificateLogKeys),
            ignored: [])
    }

    /// Returns the keys of logs; those of kinds that are not known are ignored, since Sigstore adds some from time to
    /// time.
    private static func logs(
        in root: JSONObject, _ name: String, ignored: inout [String]
    ) throws(ProvenanceError) -> [LogKey] {
        var logs: [LogKey] = []
        for value in try root.optionalArray(name, atMost: 100) {
            let log = try JSONObject(value, as: "a log of the trust root", code: .trustRootInvalid)
            let address = try log.string("baseUrl")
            let publicKey = try log.object("publicKey")
            let bytes = try publicKey.base64("rawBytes", atMost: 4096)
            let kind = try publicKey.string("keyDetails")
            guard SignatureKey.kinds.contains(kind), let key = SignatureKey(publicKeyInfo: bytes) else {
                ignored.append("The key of the log \(ShownText.quoted(address)) is of the unknown kind \(kind).")
                continue
            }
            logs.append(
                LogKey(
                    id: try log.object("logId").digest("keyId"), key: key,
                    period: try ValidityPeriod(sigstore: publicKey)))
        }
        return logs
    }

    private static func keys(pem: String) throws(ProvenanceError) -> [LogKey] {
        var keys: [LogKey] = []
        for document in try PEM.documents(in: pem, atMost: maximumSize) {
            guard document.discriminator == "PUBLIC KEY", let key = LogKey(publicKeyInfo: document.derBytes) else {
                throw ProvenanceError(
                    .trustRootInvalid, "A log's key is not a public key in PEM of the kinds ECDSA, Ed25519 or RSA.")
            }
            keys.append(key)
        }
        return keys
    }
}

/// A certificate authority: roots, and intermediates that lead to them.
struct CertificateAuthority: Sendable {
    /// At least one.
    let roots: [Certificate]
    let intermediates: [Certificate]
    let period: ValidityPeriod

    /// Reads an authority of `trusted_root.json`: its chain ends in the root.
    init(sigstore value: JSONValue) throws(ProvenanceError) {
        let authority = try JSONObject(value, as: "an authority of the trust root", code: .trustRootInvalid)
        var chain: [Certificate] = []
        for certificate in try authority.object("certChain").array("certificates", atMost: 10) {
            let object = try JSONObject(
                certificate, as: "a certificate of the trust root", code: .trustRootInvalid)
            chain.append(try PEM.certificate(object.base64("rawBytes", atMost: 16 << 10)))
        }
        roots = Array(chain.suffix(1))
        intermediates = Array(chain.dropLast())
        period = try ValidityPeriod(sigstore: authority)
    }

    /// Reads certificates in PEM.
    init(pem: String) throws(ProvenanceError) {
        var certificates: [Certificate] = []
        for document in try PEM.documents(in: pem, atMost: 1 << 20) {
            guard document.discriminator == Certificate.defaultPEMDiscriminator else {
                throw ProvenanceError(.trustRootInvalid, "The certificates of authorities hold something else in PEM.")
            }
            certificates.append(try PEM.certificate(document.derBytes))
        }
        roots = certificates.filter { $0.issuer == $0.subject }
        intermediates = certificates.filter { $0.issuer != $0.subject }
        period = .always
        guard !roots.isEmpty else {
            throw ProvenanceError(.trustRootInvalid, "The certificates of authorities include none that signs itself.")
        }
    }
}

extension ValidityPeriod {
    /// Reads the member `validFor`; without one, the period has no bounds.
    init(sigstore object: JSONObject) throws(ProvenanceError) {
        let period = try object.optionalObject("validFor")
        start = try Self.time("start", of: period)
        end = try Self.time("end", of: period)
    }

    private static func time(_ name: String, of period: JSONObject?) throws(ProvenanceError) -> Timestamp? {
        guard let period, let text = try period.optionalString(name) else { return nil }
        guard let time = Timestamp(iso8601: text) else { throw period.refusal("has a \(name) that is not a time") }
        return time
    }
}

/// Texts in PEM (RFC 7468).
private enum PEM {
    static func documents(in text: String, atMost bound: Int) throws(ProvenanceError) -> [PEMDocument] {
        guard text.utf8.count <= bound else {
            throw ProvenanceError(.trustRootInvalid, "A text of the trust root has more than \(bound) bytes.")
        }
        guard text.utf8.contains(where: { $0 > 0x20 }) else { return [] }
        do {
            return try PEMDocument.parseMultiple(pemString: text)
        } catch {
            throw ProvenanceError(.trustRootInvalid, "A text of the trust root is not PEM.")
        }
    }

    static func certificate(_ bytes: [UInt8]) throws(ProvenanceError) -> Certificate {
        do {
            return try Certificate(derEncoded: bytes)
        } catch {
            throw ProvenanceError(.trustRootInvalid, "A certificate of the trust root is malformed.")
        }
    }
}
