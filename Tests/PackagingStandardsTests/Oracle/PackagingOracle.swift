import CZlib
import Foundation

/// What PyPA's `packaging` answers for real and hard strings, as `scripts/make-packaging-oracle.py` recorded it.
struct PackagingOracle: Decodable, Sendable {
    /// Rows of raw name and, if it is valid, normalized name.
    let names: [[String]]
    /// Versions in ascending order.
    let versions: [VersionAnswer]
    let invalidVersions: [String]
    /// The versions that each specifier was asked about.
    let sample: [String]
    let specifiers: [SpecifierAnswer]
    let invalidSpecifiers: [String]
    /// Rows of two sets and `1` if they are equal.
    let equalSpecifiers: [[String]]
    /// Rows of a set, a text, and `1` if the set contains the text, then the same without pre-releases.
    let arbitrary: [[String]]
    let sdists: [[String]]
    let invalidFilenames: [String]
    private let tags: [[String]]
    private let wheelLists: [[[String]]]
    private let wheels: [[String]]

    static let shared: Result<PackagingOracle, any Error> = Result {
        guard let url = Bundle.module.url(forResource: "Fixtures/packaging-oracle.json", withExtension: "gz") else {
            throw OracleError(description: "the fixture is missing")
        }
        return try JSONDecoder().decode(PackagingOracle.self, from: Data(gunzip([UInt8](Data(contentsOf: url)))))
    }

    struct VersionAnswer: Decodable, Sendable {
        let text: String
        let normal: String
        let canonical: String
        let isEqualToPrevious: Bool

        init(from decoder: any Decoder) throws {
            let columns = try decoder.singleValueContainer().decode([String].self)
            let row = columns + Array(repeating: "", count: 4 - columns.count)
            text = row[0]
            normal = row[1].isEmpty ? text : row[1]
            canonical = row[2].isEmpty ? normal : row[2]
            isEqualToPrevious = row[3] == "="
        }
    }

    struct SpecifierAnswer: Decodable, Sendable {
        let text: String
        let description: String
        /// One `0` or `1` for each version of the sample.
        let contains, containsWithPrereleases, containsWithoutPrereleases, filtered: String

        init(from decoder: any Decoder) throws {
            let row = try decoder.singleValueContainer().decode([String].self)
            (text, description, contains) = (row[0], row[1], row[2])
            (containsWithPrereleases, containsWithoutPrereleases, filtered) = (row[3], row[4], row[5])
        }
    }

    struct WheelAnswer {
        let filename, name, version: String
        /// The build number and its suffix, one after the other; nil without a build tag.
        let build: String?
        /// The expanded tags, sorted, separated by spaces.
        let tags: String
    }

    var wheelAnswers: [WheelAnswer] {
        var answers: [WheelAnswer] = []
        for row in wheels {
            for entry in wheelLists[Int(row[4]) ?? 0] {
                let tag = tags[entry.last.flatMap(Int.init) ?? 0]
                let hasBuild = entry.count > 1
                let parts = [row[0], row[1]] + (hasBuild ? [entry[0]] : []) + [tag[0]]
                answers.append(
                    WheelAnswer(
                        filename: parts.joined(separator: "-") + ".whl", name: row[2], version: row[3],
                        build: hasBuild ? entry[1] + entry[2] : nil, tags: tag[1]))
            }
        }
        return answers
    }
}

struct OracleError: Error, CustomStringConvertible {
    let description: String
}

/// Inflates one gzip member.
private func gunzip(_ compressed: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    let gzipWindow: Int32 = 15 + 16
    guard inflateInit2_(&stream, gzipWindow, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        throw OracleError(description: "zlib did not start")
    }
    defer { inflateEnd(&stream) }
    var input = compressed
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    var status = Z_OK
    // zlib keeps the addresses of both arrays only while these closures run.
    try input.withUnsafeMutableBufferPointer { source in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        while status == Z_OK {
            let produced = chunk.withUnsafeMutableBufferPointer { target in
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                status = inflate(&stream, Z_NO_FLUSH)
                return target.count - Int(stream.avail_out)
            }
            output += chunk[..<produced]
        }
        guard status == Z_STREAM_END else { throw OracleError(description: "the fixture is damaged") }
    }
    return output
}
