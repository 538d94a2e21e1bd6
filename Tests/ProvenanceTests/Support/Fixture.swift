import Foundation
import PackagingStandards
import Provenance
import Testing

/// Public test data; `Fixtures/README.md` says where it is from.
enum Fixture {
    struct Missing: Error {
        let name: String
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        guard let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil) else {
            throw Missing(name: name)
        }
        return Array(try Data(contentsOf: url))
    }

    static func publicRoot() throws -> TrustRoot {
        try TrustRoot(sigstore: bytes("sigstore-public-trusted-root.json"))
    }

    static func stagingRoot() throws -> TrustRoot {
        try TrustRoot(sigstore: bytes("sigstore-staging-trusted-root.json"))
    }

    /// Returns a distribution's file name, which must belong to one project only.
    static func filename(_ text: String) throws -> DistributionFilename {
        let project = try #require(DistributionFilename.possibleProjects(of: text).first)
        return try #require(DistributionFilename(text, project: project))
    }
}
