/// The bytes of an upstream's file are not those that it, or this server, named before.
struct DigestMismatch: Error, CustomStringConvertible {
    let expected: String
    let found: String

    var description: String { "expected \(expected), found \(found)" }
}
