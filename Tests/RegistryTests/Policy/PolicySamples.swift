import PackagingStandards
import Registry
import Testing

/// Moments, files and exceptions of one project, `sample`, around the moment `now`.
enum PolicySamples {
    static let now = Timestamp(microseconds: 1_763_712_000_000_000)
    static let day: Int64 = 86_400_000_000

    static func moment(_ microseconds: Int64) -> Timestamp { now.adding(microseconds: microseconds) }

    static func requirements(_ texts: [String]) throws -> [ProjectRequirement] {
        try texts.map { try #require(ProjectRequirement($0), "\($0)") }
    }

    static func file(
        _ version: String = "1.0", isWheel: Bool = true, size: Int64? = 100, uploaded: Int64? = -1000 * day,
        isPublishedHere: Bool = false
    ) throws -> PolicySubject {
        PolicySubject(
            project: try #require(NormalizedName("sample")), version: try #require(Version(version)), isWheel: isWheel,
            size: size, uploadedAt: uploaded.map(moment), isPublishedHere: isPublishedHere)
    }

    static func exception(
        _ project: String = "sample", _ version: String? = nil, ends: Int64? = nil, id: Int64 = 1
    ) throws -> PolicyException {
        PolicyException(
            id: id, index: .main, project: try #require(NormalizedName(project)),
            version: try version.map { try #require(Version($0)) }, reason: "needed", createdBy: "root",
            createdAt: moment(-day), expiresAt: ends.map(moment))
    }

    static func verdict(
        _ policy: IndexPolicy, _ file: PolicySubject, exceptions: [PolicyException] = [], at moment: Timestamp = now
    ) -> PolicyVerdict {
        PolicyEvaluator(policy: policy, exceptions: exceptions, now: moment).verdict(on: file)
    }
}
