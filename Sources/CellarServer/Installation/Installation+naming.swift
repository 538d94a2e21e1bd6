import PackagingStandards
import Registry
import ServerConfiguration

extension Installation {
    /// An index that a command's option names. Throws `.usage` if the configuration has none of this name.
    static func index(_ name: String, in parts: Parts) throws -> IndexName {
        let known = parts.registry.indexes.names
        if let index = known.first(where: { $0.description == name }) { return index }
        throw CommandFailure(
            .usage,
            "There is no index \(name): the configuration has \(known.map(\.description).joined(separator: ", ")).")
    }

    /// A project that a command's argument names. Throws `.usage` for what is no name.
    static func project(_ name: String) throws -> NormalizedName {
        guard let project = NormalizedName(name) else {
            throw CommandFailure(
                .usage,
                """
                \(name) cannot be a project's name: it has ASCII letters, digits and . _ -, and a letter or digit \
                first and last.
                """)
        }
        return project
    }

    /// A version that a command's argument names. Throws `.usage` for what is none.
    static func version(_ text: String) throws -> Version {
        guard let version = Version(text) else {
            throw CommandFailure(.usage, "\(text) is not a version (PEP 440): write it as 1.2.3.")
        }
        return version
    }

    /// A date, which begins at midnight in UTC, or a moment. Throws `.usage` for what is neither.
    static func moment(_ text: String) throws -> Timestamp {
        guard let moment = Timestamp(iso8601: text.utf8.count == 10 ? text + "T00:00:00Z" : text) else {
            throw CommandFailure(
                .usage, "\(text) is not a date: write it as 2026-12-31, or with a time as 2026-12-31T18:00:00Z.")
        }
        return moment
    }

    /// A length of time in microseconds. Throws `.usage` for what is none.
    static func age(_ text: String) throws -> Int64 {
        guard let age = SweepAge(text) else {
            throw CommandFailure(.usage, "\(text) is not an age: write it as 90d, 24h or 30m.")
        }
        return age.microseconds
    }

    /// A number of bytes. Throws `.usage` for what is none.
    static func size(_ text: String) throws -> Int64 {
        guard let size = ByteSize.read(text) else {
            throw CommandFailure(.usage, "\(text) is not a size: write it as 100MiB, 2GiB or 512KiB.")
        }
        return size
    }
}
