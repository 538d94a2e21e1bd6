import PackagingStandards
import SwiftASN1
import X509

/// Checks that a certificate transparency log has recorded a certificate, by the timestamps that it embeds (RFC 6962).
enum CertificateTimestamps {
    /// Checks that one of the timestamps is by a configured log.
    ///
    /// The log signed the certificate before the timestamp was in it: the same, without that extension.
    ///
    /// - Throws: `.certificateUnrecorded` if there is none, `.certificateInvalid` if they are malformed.
    static func check(
        _ signer: SigningCertificate, issuer: Certificate, logs: [LogKey]
    ) throws(ProvenanceError) {
        guard let list = signer.certificate.extensions[oid: listID] else {
            throw ProvenanceError(
                .certificateUnrecorded, "The certificate has no timestamp of a certificate transparency log.")
        }
        let timestamps: [CertificateTimestamp]
        let entry: [UInt8]
        do {
            timestamps = try CertificateTimestamp.list(ASN1OctetString(derEncoded: list.value).bytes)
            let issuerKey = try CertificateParts(issuer).publicKeyInfo
            let certificate = try CertificateParts(signer.certificate).without(listID)
            entry =
                SHA256Digest(hashing: issuerKey).bytes + CertificateTimestamp.bigEndian(certificate.count, bytes: 3)
                + certificate
        } catch {
            throw ProvenanceError(
                .certificateInvalid, "The timestamps of certificate transparency logs in the certificate are malformed."
            )
        }
        for timestamp in timestamps {
            for log in logs where log.id == timestamp.logID && log.period.contains(timestamp.time) {
                if timestamp.isSigned(by: log.key, for: entry) { return }
            }
        }
        throw ProvenanceError(
            .certificateUnrecorded, "No configured certificate transparency log has recorded the certificate.")
    }

    /// The extension that holds the list of timestamps (RFC 6962 §3.3).
    private static let listID: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 2]
}

/// A signed certificate timestamp of version 1 (RFC 6962 §3.2).
private struct CertificateTimestamp {
    let logID: [UInt8]
    let milliseconds: UInt64
    let extensions: [UInt8]
    let hashAlgorithm: UInt8
    let signatureAlgorithm: UInt8
    let signature: [UInt8]

    struct Malformed: Error {}

    /// The most timestamps that a certificate may have.
    private static let maximumCount = 8

    var time: Timestamp { Timestamp(microseconds: Int64(min(milliseconds, 1 << 52)) * 1000) }

    /// Reads a `SignedCertificateTimestampList`; timestamps of other versions are skipped.
    static func list(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> [CertificateTimestamp] {
        var list = Reader(bytes: bytes)
        var items = Reader(bytes: try list.vector())
        guard list.bytes.isEmpty else { throw Malformed() }
        var timestamps: [CertificateTimestamp] = []
        var count = 0
        while !items.bytes.isEmpty {
            count += 1
            guard count <= maximumCount else { throw Malformed() }
            var item = Reader(bytes: try items.vector())
            guard try item.number(bytes: 1) == 0 else { continue }
            timestamps.append(try CertificateTimestamp(&item))
        }
        return timestamps
    }

    private init(_ reader: inout Reader) throws(Malformed) {
        logID = Array(try reader.take(32))
        milliseconds = try reader.number(bytes: 8)
        extensions = Array(try reader.vector())
        hashAlgorithm = UInt8(try reader.number(bytes: 1))
        signatureAlgorithm = UInt8(try reader.number(bytes: 1))
        signature = Array(try reader.vector())
        guard reader.bytes.isEmpty else { throw Malformed() }
    }

    /// Returns whether a log signed the timestamp for a `PreCert`: the digest of the issuer's key, and the certificate
    /// without timestamps after its length.
    func isSigned(by key: SignatureKey, for entry: [UInt8]) -> Bool {
        // SHA-256, with ECDSA or RSA (RFC 5246 §7.4.1.4.1).
        guard key.usesSHA256, hashAlgorithm == 4, signatureAlgorithm == (key.isECDSA ? 3 : 1) else { return false }
        let version: UInt8 = 0
        let signatureType: UInt8 = 0
        let precertificateEntry: [UInt8] = [0, 1]
        let head = [version, signatureType] + Self.bigEndian(milliseconds, bytes: 8) + precertificateEntry
        return key.isValid(signature, for: head + entry + Self.bigEndian(extensions.count, bytes: 2) + extensions)
    }

    static func bigEndian(_ number: some BinaryInteger, bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    /// A reader of numbers and of vectors whose length stands before them in two bytes (RFC 8446 §3).
    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
            guard bytes.count >= count else { throw Malformed() }
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count)
        }

        mutating func number(bytes count: Int) throws(Malformed) -> UInt64 {
            try take(count).reduce(0) { $0 << 8 | UInt64($1) }
        }

        mutating func vector() throws(Malformed) -> ArraySlice<UInt8> {
            try take(Int(number(bytes: 2)))
        }
    }
}

/// The parts of a certificate's signed bytes (RFC 5280 §4.1) as they are written.
private struct CertificateParts {
    private let nodes: [ASN1Node]

    struct Malformed: Error {}

    init(_ certificate: Certificate) throws {
        nodes = try Self.children(DER.parse(certificate.tbsCertificateBytes))
    }

    /// The subject's public key, in DER: after version, serial number, algorithm, issuer, validity and subject.
    var publicKeyInfo: [UInt8] {
        get throws {
            guard let first = nodes.first else { throw Malformed() }
            let index = first.identifier == Self.version ? 6 : 5
            guard index < nodes.count else { throw Malformed() }
            return Array(nodes[index].encodedBytes)
        }
    }

    /// Returns the bytes as they would be without an extension, which the certificate must have.
    func without(_ id: ASN1ObjectIdentifier) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.appendConstructedNode(identifier: .sequence) { certificate in
            for node in nodes {
                guard node.identifier == Self.extensions else {
                    certificate.serializeRawBytes(node.encodedBytes)
                    continue
                }
                let others = try Self.extensions(in: node).filter { try Self.id(of: $0) != id }
                certificate.appendConstructedNode(identifier: Self.extensions) { field in
                    field.appendConstructedNode(identifier: .sequence) { list in
                        for other in others { list.serializeRawBytes(other.encodedBytes) }
                    }
                }
            }
        }
        return serializer.serializedBytes
    }

    private static let version = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
    private static let extensions = ASN1Identifier(tagWithNumber: 3, tagClass: .contextSpecific)

    private static func extensions(in field: ASN1Node) throws -> [ASN1Node] {
        let lists = try children(field)
        guard lists.count == 1 else { throw Malformed() }
        return try children(lists[0])
    }

    private static func id(of node: ASN1Node) throws -> ASN1ObjectIdentifier {
        guard let first = try children(node).first else { throw Malformed() }
        return try ASN1ObjectIdentifier(derEncoded: first)
    }

    private static func children(_ node: ASN1Node) throws -> [ASN1Node] {
        guard case .constructed(let nodes) = node.content else { throw Malformed() }
        return Array(nodes)
    }
}
