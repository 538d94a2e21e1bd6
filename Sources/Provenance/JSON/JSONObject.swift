import PackagingStandards

/// A JSON object whose members are asked for by name and kind; whatever is missing or of another kind is an error that
/// names its place.
struct JSONObject {
    private let members: [JSONMember]
    /// What messages call the object, such as `the attestation's envelope`.
    private let place: String
    private let code: ProvenanceError.Code

    /// Parses a text that is one object.
    ///
    /// - Throws: an error of the code if it is not, or has more bytes than the bound.
    init(
        parsing bytes: [UInt8], atMost bound: Int, as place: String, code: ProvenanceError.Code = .malformed
    ) throws(ProvenanceError) {
        try self.init(Self.value(parsing: bytes, atMost: bound, as: place, code: code), as: place, code: code)
    }

    /// Takes a value that must be an object.
    init(_ value: JSONValue, as place: String, code: ProvenanceError.Code = .malformed) throws(ProvenanceError) {
        guard case .object(let members) = value else {
            throw ProvenanceError(code, "\(Self.capitalized(place)) is not a JSON object.")
        }
        self.members = members
        self.place = place
        self.code = code
    }

    /// Parses a text that is one JSON value.
    static func value(
        parsing bytes: [UInt8], atMost bound: Int, as place: String, code: ProvenanceError.Code = .malformed
    ) throws(ProvenanceError) -> JSONValue {
        guard bytes.count <= bound else {
            throw ProvenanceError(
                code, "\(capitalized(place)) has \(bytes.count) bytes; at most \(bound) are accepted.")
        }
        do {
            return try JSONParser.parse(bytes)
        } catch {
            throw ProvenanceError(
                code, "\(capitalized(place)) is not valid JSON: \(error.reason), at byte \(error.offset).")
        }
    }

    // MARK: Members

    /// Refuses members of other names than these.
    func allowOnly(_ names: [String]) throws(ProvenanceError) {
        for member in members where !names.contains(where: { isSame($0, member.name) }) {
            throw refusal("has a member \(ShownText.quoted(member.name)), which it may not have")
        }
    }

    /// Returns a member's value; nil if it is missing or null.
    func value(_ name: String) -> JSONValue? {
        guard let member = members.first(where: { isSame($0.name, name) }), member.value != .null else { return nil }
        return member.value
    }

    /// Returns a text, or nil if it is missing or null.
    func optionalString(_ name: String, atMost bound: Int = 4096) throws(ProvenanceError) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { throw refusal("has a \(name) that is not a text") }
        guard text.utf8.count <= bound else { throw refusal("has a \(name) of more than \(bound) bytes") }
        return text
    }

    func string(_ name: String, atMost bound: Int = 4096) throws(ProvenanceError) -> String {
        guard let text = try optionalString(name, atMost: bound) else { throw refusal("has no \(name)") }
        return text
    }

    /// Returns the texts of an object's members, all of them texts.
    func strings(_ name: String) throws(ProvenanceError) -> [(name: String, text: String)] {
        guard let value = value(name) else { throw refusal("has no \(name)") }
        guard case .object(let members) = value else { throw refusal("has a \(name) that is not an object") }
        var texts: [(name: String, text: String)] = []
        for member in members {
            guard case .string(let text) = member.value else {
                throw refusal("has a \(name) with something that is not a text")
            }
            texts.append((member.name, text))
        }
        return texts
    }

    /// Returns the bytes of a text in base64 (RFC 4648 §4) of at most `bound` bytes.
    ///
    /// Line feeds are skipped: older versions of pypi-attestations wrote them.
    func base64(_ name: String, atMost bound: Int) throws(ProvenanceError) -> [UInt8] {
        let text = try string(name, atMost: bound * 2)
        guard let bytes = Base64.decode(text[...].utf8) ?? Self.decodedLines(text) else {
            throw refusal("has a \(name) that is not base64")
        }
        guard bytes.count <= bound else { throw refusal("has a \(name) of more than \(bound) bytes") }
        guard !bytes.isEmpty else { throw refusal("has an empty \(name)") }
        return bytes
    }

    private static func decodedLines(_ text: String) -> [UInt8]? {
        guard text.utf8.contains(UInt8(ascii: "\n")) else { return nil }
        return Base64.decode(text.filter { $0 != "\n" }[...].utf8)
    }

    /// Returns a SHA-256 digest in base64.
    func digest(_ name: String) throws(ProvenanceError) -> [UInt8] {
        guard let digest = Self.digest(.string(try string(name))) else {
            throw refusal("has a \(name) that is not 32 bytes in base64")
        }
        return digest
    }

    /// Returns SHA-256 digests in base64, at most `bound`; none if they are missing.
    func digests(_ name: String, atMost bound: Int) throws(ProvenanceError) -> [[UInt8]] {
        let elements = try optionalArray(name, atMost: bound)
        let digests = elements.compactMap(Self.digest)
        guard digests.count == elements.count else {
            throw refusal("has \(name) that are not 32 bytes in base64")
        }
        return digests
    }

    private static func digest(_ value: JSONValue) -> [UInt8]? {
        guard case .string(let text) = value, let bytes = Base64.decode(text[...].utf8), bytes.count == 32 else {
            return nil
        }
        return bytes
    }

    /// Returns a whole number that is written as a text, as protobuf's JSON form does for 64 bits; 0, which that form
    /// may leave out, if it is missing.
    func number(_ name: String) throws(ProvenanceError) -> Int64 {
        guard let text = try optionalString(name, atMost: 20) else { return 0 }
        guard let number = WholeNumber.parse(text) else {
            throw refusal("has a \(name) that is not a whole number between 0 and 2^63")
        }
        return number
    }

    func object(_ name: String) throws(ProvenanceError) -> JSONObject {
        guard let object = try optionalObject(name) else { throw refusal("has no \(name)") }
        return object
    }

    /// Returns an object, or nil if it is missing or null.
    func optionalObject(_ name: String) throws(ProvenanceError) -> JSONObject? {
        guard let value = value(name) else { return nil }
        return try JSONObject(value, as: "\(place)'s \(name)", code: code)
    }

    /// Returns an array's values, between 1 and `bound`.
    func array(_ name: String, atMost bound: Int) throws(ProvenanceError) -> [JSONValue] {
        let elements = try optionalArray(name, atMost: bound)
        guard !elements.isEmpty else { throw refusal("has no \(name)") }
        return elements
    }

    /// Returns an array's values, at most `bound`; none if it is missing or null.
    func optionalArray(_ name: String, atMost bound: Int) throws(ProvenanceError) -> [JSONValue] {
        guard let value = value(name) else { return [] }
        guard case .array(let elements) = value else { throw refusal("has a \(name) that is not an array") }
        guard elements.count <= bound else {
            throw refusal("has \(elements.count) \(name); at most \(bound) are accepted")
        }
        return elements
    }

    /// Checks that the version of the object's form is the number 1.
    func requireVersionOne() throws(ProvenanceError) {
        guard let version = value("version") else { throw refusal("has no version") }
        guard version == .number("1") else {
            throw ProvenanceError(
                .unsupportedVersion,
                "\(Self.capitalized(place)) is of version \(ShownText.quoted(version.text)); only version 1 is known.")
        }
    }

    // MARK: Errors

    /// Returns the error that the object has something wrong.
    func refusal(_ predicate: String) -> ProvenanceError {
        ProvenanceError(code, "\(Self.capitalized(place)) \(predicate).")
    }

    private static func capitalized(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }
}

/// Whole numbers as text.
enum WholeNumber {
    /// Returns the number of digits without a leading zero, below 2^63; nil for any other text.
    static func parse(_ text: some StringProtocol) -> Int64? {
        let digits = text.utf8
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit), digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        return Int64(text)
    }
}
