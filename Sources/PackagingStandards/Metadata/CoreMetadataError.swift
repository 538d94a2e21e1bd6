/// Why a text is no core metadata.
public enum CoreMetadataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text has more bytes than the limit.
    case tooLarge(limit: Int)
    /// The text has more header fields than the limit.
    case tooManyFields(limit: Int)
    /// A required field is missing or empty.
    case missingField(String)
    /// A required field, which may be given once, is given again with another value.
    case repeatedField(String)
    /// `Metadata-Version` isn't of the form `N.M`.
    case malformedMetadataVersion(String)

    /// The reason, for people.
    public var description: String {
        switch self {
        case .tooLarge(let limit): "the core metadata has more than \(limit) bytes"
        case .tooManyFields(let limit): "the core metadata has more than \(limit) fields"
        case .missingField(let name): "the core metadata has no \(name)"
        case .repeatedField(let name): "the core metadata has more than one \(name)"
        case .malformedMetadataVersion(let text):
            "the core metadata has the Metadata-Version '\(text.prefix(40))', which is not of the form 2.1"
        }
    }
}
