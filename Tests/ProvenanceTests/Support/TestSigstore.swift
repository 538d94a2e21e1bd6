import Crypto
import Foundation
import PackagingStandards
import SwiftASN1
import X509

@testable import Provenance

/// A Sigstore of our own: an authority with root and intermediate, a transparency log and a certificate transparency log.
struct TestSigstore {
    let root: Issuer
    let intermediate: Issuer
    var log = P256.Signing.PrivateKey()
    var certificateLog = P256.Signing.PrivateKey()

    /// When honest signatures are recorded.
    static let now = Timestamp(seconds: 1_768_046_400)

    /// A certificate authority's key and certificate.
    struct Issuer {
        let key: P384.Signing.PrivateKey
        let certificate: Certificate
    }

    /// Makes new keys and certificates; the intermediate may issue certificates for these purposes, or any.
    init(purposes: [ExtendedKeyUsage.Usage]? = [.codeSigning]) throws {
        let day: Int64 = 86_400
        let (start, end) = (Self.date(-1000 * day), Self.date(1000 * day))
        let rootKey = P384.Signing.PrivateKey()
        let rootName = try DistinguishedName { CommonName("test root") }
        root = Issuer(
            key: rootKey,
            certificate: try Certificate(
                version: .v3, serialNumber: .init(1), publicKey: .init(rootKey.publicKey), notValidBefore: start,
                notValidAfter: end, issuer: rootName, subject: rootName, signatureAlgorithm: .ecdsaWithSHA384,
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 1))
                    Critical(KeyUsage(keyCertSign: true))
                    SubjectKeyIdentifier(hash: .init(rootKey.publicKey))
                }, issuerPrivateKey: .init(rootKey)))
        let key = P384.Signing.PrivateKey()
        intermediate = Issuer(
            key: key,
            certificate: try Certificate(
                version: .v3, serialNumber: .init(2), publicKey: .init(key.publicKey), notValidBefore: start,
                notValidAfter: end, issuer: rootName, subject: DistinguishedName { CommonName("test intermediate") },
                signatureAlgorithm: .ecdsaWithSHA384,
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true))
                    SubjectKeyIdentifier(hash: .init(key.publicKey))
                    AuthorityKeyIdentifier(
                        keyIdentifier: SubjectKeyIdentifier(hash: .init(rootKey.publicKey)).keyIdentifier)
                    if let purposes { try ExtendedKeyUsage(purposes) }
                }, issuerPrivateKey: .init(rootKey)))
    }

    /// A moment, in seconds after ``now``.
    static func date(_ seconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(now.microseconds / 1_000_000 + seconds))
    }
}

// MARK: Trust root

extension TestSigstore {
    /// When the parts of a trust root were in use, as members of JSON.
    struct Periods {
        var authority = always
        var log = always
        var certificateLog = always

        static let always = #""start":"2020-01-01T00:00:00Z""#
    }

    /// The trust root as `trusted_root.json`.
    func trustedRoot(_ periods: Periods = Periods(), certificateLogs: Bool = true) throws -> String {
        let certificates = try [intermediate, root].map { issuer in
            #"{"rawBytes":"\#(base64(try der(issuer.certificate)))"}"#
        }
        let ctlog = Self.log(certificateLog.publicKey, periods.certificateLog)
        return """
            {"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs":[\(Self.log(log.publicKey, periods.log))],
            "certificateAuthorities":[{"subject":{"organization":"test","commonName":"test"},"uri":"https://ca.test",
            "certChain":{"certificates":[\(certificates.joined(separator: ","))]},
            "validFor":{\(periods.authority)}}],"ctlogs":[\(certificateLogs ? ctlog : "")]}
            """
    }

    func trustRoot(_ periods: Periods = Periods(), certificateLogs: Bool = true) throws -> TrustRoot {
        try TrustRoot(sigstore: Array(trustedRoot(periods, certificateLogs: certificateLogs).utf8))
    }

    private static func log(_ key: P256.Signing.PublicKey, _ period: String) -> String {
        #"{"baseUrl":"https://log.test","hashAlgorithm":"SHA2_256","logId":{"keyId":"\#(base64(logID(key)))"},"#
            + #""publicKey":{"rawBytes":"\#(base64(Array(key.derRepresentation)))","#
            + #""keyDetails":"PKIX_ECDSA_P256_SHA_256","validFor":{\#(period)}}}"#
    }

    static func logID(_ key: P256.Signing.PublicKey) -> [UInt8] {
        sha256(Array(key.derRepresentation))
    }
}

// MARK: Certificates

extension TestSigstore {
    /// What a signing certificate is made of; as it is, an honest one of a workflow of GitHub's.
    struct Request {
        var claims: [FulcioClaim: String] = [
            .issuer: "https://token.actions.githubusercontent.com",
            .sourceRepositoryURI: "https://github.com/owner/project",
            .sourceRepositoryRef: "refs/tags/v1.0",
            .sourceRepositoryDigest: "0123456789abcdef0123456789abcdef01234567",
            .sourceRepositoryIdentifier: "4711",
            .sourceRepositoryOwnerIdentifier: "42",
            .buildConfigURI: "https://github.com/owner/project/.github/workflows/release.yml@refs/tags/v1.0",
            .deploymentEnvironment: "pypi",
        ]
        var olderIssuer: String?
        var names: [GeneralName] = [
            .uniformResourceIdentifier(
                "https://github.com/owner/project/.github/workflows/release.yml@refs/tags/v1.0")
        ]
        var usage: KeyUsage? = KeyUsage(digitalSignature: true)
        var purposes: [ExtendedKeyUsage.Usage] = [.codeSigning]
        var constraints: BasicConstraints?
        var others: [Certificate.Extension] = []
        /// In seconds from ``TestSigstore/now``.
        var start: Int64 = -60
        var end: Int64 = 540
        /// The certificate's key if it isn't the one that signs.
        var publicKey: Certificate.PublicKey?
        /// Who issues, and who says to have issued.
        var issuer: Issuer?
        var timestamps = Timestamps.honest
    }

    enum Timestamps {
        case honest
        case none
        case by(P256.Signing.PrivateKey)
        /// By the log, but for the key of another authority.
        case forIssuer(Certificate)
        case raw([UInt8])
        /// Several, of which the last is honest.
        case afterAnother(P256.Signing.PrivateKey)
    }

    /// Issues a certificate, in DER.
    func certificate(_ request: Request, for key: P256.Signing.PublicKey) throws -> [UInt8] {
        let issuer = request.issuer ?? intermediate
        let publicKey = request.publicKey ?? Certificate.PublicKey(key)
        func make(_ extensions: [Certificate.Extension]) throws -> Certificate {
            try Certificate(
                version: .v3, serialNumber: .init(77), publicKey: publicKey,
                notValidBefore: Self.date(request.start), notValidAfter: Self.date(request.end),
                issuer: issuer.certificate.subject, subject: DistinguishedName(),
                signatureAlgorithm: .ecdsaWithSHA384, extensions: Certificate.Extensions(extensions),
                issuerPrivateKey: .init(issuer.key))
        }
        let authority = SubjectKeyIdentifier(hash: issuer.certificate.publicKey).keyIdentifier
        let extensions =
            try Self.extensions(request) + [
                .init(AuthorityKeyIdentifier(keyIdentifier: authority), critical: false)
            ]
        let unrecorded = try make(extensions)
        guard let list = try timestamps(request.timestamps, for: unrecorded, issuer: issuer.certificate) else {
            return try der(unrecorded)
        }
        let id: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 2]
        let value = try serialized(ASN1OctetString(contentBytes: list[...]))
        // Not at the end: the log's signature must hold wherever the extension stands.
        let place = extensions.count / 2
        return try der(
            make(extensions[..<place] + [.init(oid: id, critical: false, value: value[...])] + extensions[place...]))
    }

    private static func extensions(_ request: Request) throws -> [Certificate.Extension] {
        var extensions: [Certificate.Extension] = []
        if let usage = request.usage { extensions.append(try .init(usage, critical: true)) }
        if !request.purposes.isEmpty {
            extensions.append(try .init(ExtendedKeyUsage(request.purposes), critical: false))
        }
        if let constraints = request.constraints { extensions.append(try .init(constraints, critical: true)) }
        if !request.names.isEmpty {
            extensions.append(try .init(SubjectAlternativeNames(request.names), critical: true))
        }
        if let issuer = request.olderIssuer {
            extensions.append(.init(oid: try fulcio(1), critical: false, value: Array(issuer.utf8)[...]))
        }
        for (claim, text) in request.claims.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let value = try serialized(ASN1UTF8String(text))
            extensions.append(.init(oid: try fulcio(claim.rawValue), critical: false, value: value[...]))
        }
        return extensions + request.others
    }

    static func fulcio(_ number: UInt) throws -> ASN1ObjectIdentifier {
        try ASN1ObjectIdentifier(elements: [1, 3, 6, 1, 4, 1, 57264, 1, number])
    }

    /// Returns a list of timestamps (RFC 6962 §3.3), or nil for a certificate without.
    private func timestamps(
        _ timestamps: Timestamps, for certificate: Certificate, issuer: Certificate
    ) throws -> [UInt8]? {
        let items: [[UInt8]]
        switch timestamps {
        case .none: return nil
        case .raw(let bytes): return bytes
        case .honest: items = [try timestamp(by: certificateLog, for: certificate, issuer: issuer)]
        case .by(let key): items = [try timestamp(by: key, for: certificate, issuer: issuer)]
        case .forIssuer(let other): items = [try timestamp(by: certificateLog, for: certificate, issuer: other)]
        case .afterAnother(let key):
            items = [
                try timestamp(by: key, for: certificate, issuer: issuer),
                try timestamp(by: certificateLog, for: certificate, issuer: issuer),
            ]
        }
        return vector(items.flatMap(vector))
    }

    private func timestamp(
        by key: P256.Signing.PrivateKey, for certificate: Certificate, issuer: Certificate
    ) throws -> [UInt8] {
        let milliseconds = withUnsafeBytes(of: UInt64(Self.now.microseconds / 1000).bigEndian) { Array($0) }
        let body = Array(certificate.tbsCertificateBytes)
        let length = [UInt8(body.count >> 16), UInt8(body.count >> 8 & 255), UInt8(body.count & 255)]
        let issuerKey = sha256(try serialized(issuer.publicKey))
        let signed = [0, 0] + milliseconds + [0, 1] + issuerKey + length + body + [0, 0]
        let signature = Array(try key.signature(for: signed).derRepresentation)
        return [0] + Self.logID(key.publicKey) + milliseconds + [0, 0] + [4, 3] + vector(signature)
    }
}

// MARK: Bytes

func sha256(_ bytes: [UInt8]) -> [UInt8] {
    Array(SHA256.hash(data: bytes))
}

func base64(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
}

func der(_ certificate: Certificate) throws -> [UInt8] {
    try serialized(certificate)
}

func serialized(_ value: some DERSerializable) throws -> [UInt8] {
    var serializer = DER.Serializer()
    try serializer.serialize(value)
    return serializer.serializedBytes
}

/// Returns bytes after their length in two bytes.
private func vector(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
}
