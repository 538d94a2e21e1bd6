import RegistryTestSupport
import Testing

/// An archive that must be refused, and what the refusal must say.
struct Hostile: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: String
    let build: @Sendable () throws -> [UInt8]

    init(_ description: String, says reason: String, _ build: @escaping @Sendable () throws -> [UInt8]) {
        testDescription = description
        self.reason = reason
        self.build = build
    }

    /// One entry `a`, changed, between two ordinary ones.
    static func entry(
        _ description: String, says reason: String, _ change: @escaping @Sendable (inout ZipBuilder.Entry) -> Void
    ) -> Hostile {
        Hostile(description, says: reason) {
            var entry = ZipBuilder.Entry("a", text: "some text that is long enough to be worth deflating, text, text")
            change(&entry)
            return try ZipBuilder([.init("before", text: "before"), entry, .init("behind", text: "behind")]).build()
        }
    }

    /// One name.
    static func name(_ name: String, says reason: String) -> Hostile {
        Hostile("the name \(name.debugDescription.prefix(40))", says: reason) {
            try ZipBuilder([.init(name, text: "x")]).build()
        }
    }

    /// The archive of one entry, changed as a whole.
    static func archive(
        _ description: String, says reason: String, _ change: @escaping @Sendable (inout ZipBuilder) -> Void
    ) -> Hostile {
        Hostile(description, says: reason) {
            var zip = ZipBuilder([.init("a", text: "a"), .init("b", text: "b")])
            change(&zip)
            return try zip.build()
        }
    }
}
