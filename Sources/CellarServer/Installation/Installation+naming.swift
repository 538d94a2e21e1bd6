import PackagingStandards
import Registry
import ServerConfiguration

extension Installation {
    /// Returns the index that a command's option names. Throws `.usage` if the configuration has none of this name.
    static func index(_ name: String, in parts: Parts) throws -> IndexName {
        let known = parts.registry.indexes.names
        if let index = known.first(where: { $0.description == name }) { return index }
        throw CommandFailure(
            .usage,
            "There is no index \(name): the configuration has \(known.map(\.description).joined(separator: ", ")).")
    }

    /// Returns the project that a command's argument names. Throws `.usage` for what is no name.
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

    /// Returns the version that a command's argument names. Throws `.usage` for what is none.
    static func version(_ text: String) throws -> Version {
        guard let version = Version(text) else {
            throw CommandFailure(.usage, "\(text) is not a version (PEP 440): write it as 1.2.3.")
        }
        return version
    }

    /// Returns a moment, or the beginning of a day in UTC. Throws `.usage` for what is neither.
    static func moment(_ text: String) throws -> Timestamp {
        guard let moment = Timestamp(iso8601: text.utf8.count == 10 ? text + "T00:00:00Z" : text) else {
            throw CommandFailure(
                .usage, "\(text) is not a date: write it as 2026-12-31, or with a time as 2026-12-31T18:00:00Z.")
        }
        return moment
    }

    /// Returns a length of time in microseconds. Throws `.usage` for what is none.
    static func age(_ text: String) throws -> Int64 {
        guard let age = SweepAge(text) else {
            throw CommandFailure(.usage, "\(text) is not an age: write it as 90d, 24h or 30m.")
        }
        return age.microseconds
    }

    /// Returns a number of bytes. Throws `.usage` for what is none.
    static func size(_ text: String) throws -> Int64 {
        guard let size = ByteSize.read(text) else {
            throw CommandFailure(.usage, "\(text) is not a size: write it as 100MiB, 2GiB or 512KiB.")
        }
        return size
    }
}

/// A length of time as people write it: since when nothing has named a file, or nobody has downloaded it.
struct SweepAge {
    let microseconds: Int64

    /// Reads `0`, or a whole number with `s`, `m`, `h` or `d`; nil for anything else.
    init?(_ text: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 1_000_000 else { return nil }
        if digits.endIndex == text.endIndex, number == 0 {
            microseconds = 0
            return
        }
        let unit = text[digits.endIndex...]
        guard unit.count == 1, let seconds = unit.first.flatMap({ units[$0] }) else { return nil }
        microseconds = number * seconds * 1_000_000
    }
}

/// A number of bytes for people: `3 bytes`, `1.5 MiB`.
struct ByteCount: CustomStringConvertible {
    let bytes: Int64

    init(_ bytes: Int64) {
        self.bytes = bytes
    }

    var description: String {
        guard bytes >= 1024 else { return "\(bytes) bytes" }
        var tenths = bytes * 10 / 1024
        var units = ["KiB", "MiB", "GiB", "TiB", "PiB"][...]
        while tenths >= 10_240, units.count > 1 {
            tenths /= 1024
            units = units.dropFirst()
        }
        return "\(tenths / 10).\(tenths % 10) \(units.first ?? "")"
    }
}
