import PackagingStandards
import Registry
import Testing

@Suite("What a policy lets through")
struct PolicyEvaluatorTests {
    typealias Samples = PolicySamples
    static let day = PolicySamples.day

    @Test("a policy that says nothing lets everything through for good, also what nobody knows the age of")
    func nothing() throws {
        for file in [try Samples.file(), try Samples.file(isWheel: false, size: nil, uploaded: nil)] {
            #expect(Samples.verdict(IndexPolicy(), file) == .allowed)
            #expect(Samples.verdict(IndexPolicy(locksKept: true), file) == .allowed)
        }
    }

    @Test(
        "a file is let through in the very microsecond in which it reaches the least age, and not before",
        arguments: [
            (-7 * day - 1, true), (-7 * day, true), (-7 * day + 1, false), (-1, false), (0, false), (day, false),
        ])
    func age(uploaded: Int64, isAllowed: Bool) throws {
        let verdict = Samples.verdict(IndexPolicy(minAge: 7 * Self.day), try Samples.file(uploaded: uploaded))
        #expect(verdict.isAllowed == isAllowed)
        let end = Samples.moment(uploaded + 7 * Self.day)
        #expect(verdict.reasons == (isAllowed ? [] : [.tooYoung(until: end)]))
        #expect(verdict.changesAt == (isAllowed ? nil : end))
        #expect(!verdict.isDenial)
    }

    @Test("a file of unknown age is new at every moment")
    func unknownAge() throws {
        let verdict = Samples.verdict(IndexPolicy(minAge: 1), try Samples.file(uploaded: nil))
        #expect(verdict.reasons == [.tooYoung(until: nil)])
        #expect(verdict.changesAt == nil)
        #expect(Samples.verdict(IndexPolicy(minAge: 0), try Samples.file(uploaded: nil)).isAllowed)
    }

    @Test("an age beyond the last representable moment holds back and does not overflow")
    func endlessAge() throws {
        let verdict = Samples.verdict(IndexPolicy(minAge: .max), try Samples.file())
        #expect(!verdict.isAllowed)
        #expect(verdict.text.hasPrefix("too young until 9999-"))
    }

    @Test(
        "a frozen date lets through what was uploaded before it, to the microsecond",
        arguments: [(-day - 1, true), (-day, false), (-day + 1, false)])
    func frozenDate(uploaded: Int64, isAllowed: Bool) throws {
        let before = Samples.moment(-Self.day)
        let verdict = Samples.verdict(IndexPolicy(before: before), try Samples.file(uploaded: uploaded))
        #expect(verdict.reasons == (isAllowed ? [] : [.tooLate(before: before)]))
        #expect(verdict.changesAt == nil)
    }

    @Test("a file of unknown age is held back once the frozen date has come")
    func unknownAgeBeforeDate() throws {
        let file = try Samples.file(uploaded: nil)
        let coming = Samples.verdict(IndexPolicy(before: Samples.moment(1)), file)
        #expect(coming.isAllowed)
        #expect(coming.changesAt == Samples.moment(1))
        #expect(!Samples.verdict(IndexPolicy(before: Samples.now), file).isAllowed)
    }

    @Test(
        "an allow list lets through the projects and versions that it names, and nothing else",
        arguments: [
            (["sample"], "1.0", true), (["Sample"], "1.0rc1", true), (["other"], "1.0", false),
            (["sample>=2"], "1.0", false), (["sample>=2"], "2.0", true), (["sample>=2"], "3.0.dev1", true),
            (["sample==1.0", "sample==3.*"], "3.1", true), (["sample==1.0", "sample==3.*"], "2", false),
            (["sample==1.0"], "1.0.0", true), (["sample==1.0"], "1.0+cpu", true), (["other", "sample"], "1", true),
        ])
    func allowList(allow: [String], version: String, isAllowed: Bool) throws {
        let list = try Samples.requirements(allow)
        let verdict = Samples.verdict(IndexPolicy(allow: list), try Samples.file(version))
        let named = list.filter { $0.name.description == "sample" }
        #expect(verdict.reasons == (isAllowed ? [] : [.notAllowed(instead: named)]))
    }

    @Test(
        "a deny list holds back the projects and versions that it names",
        arguments: [
            (["sample"], "1.0", true), (["sample"], "2.0rc1", true), (["other"], "1.0", false),
            (["sample>=1.82,<1.83"], "1.82.5", true), (["sample>=1.82,<1.83"], "1.83", false),
            (["sample>=1.82,<1.83"], "1.81.9", false), (["sample==1", "sample==2"], "2.0", true),
        ])
    func denyList(deny: [String], version: String, isDenied: Bool) throws {
        let verdict = Samples.verdict(IndexPolicy(deny: try Samples.requirements(deny)), try Samples.file(version))
        #expect(verdict.isAllowed == !isDenied)
        #expect(verdict.isDenial == isDenied)
    }

    @Test("wheels alone, if only they are let through")
    func wheelsOnly() throws {
        let policy = IndexPolicy(wheelsOnly: true)
        #expect(Samples.verdict(policy, try Samples.file()).isAllowed)
        #expect(Samples.verdict(policy, try Samples.file(isWheel: false)).reasons == [.notWheel])
    }

    @Test("a bound of bytes holds back what is larger, and not what nobody knows the size of")
    func size() throws {
        let policy = IndexPolicy(maxSize: 100)
        #expect(Samples.verdict(policy, try Samples.file(size: 100)).isAllowed)
        #expect(Samples.verdict(policy, try Samples.file(size: 101)).reasons == [.tooLarge(limit: 100)])
        #expect(Samples.verdict(policy, try Samples.file(size: nil)).isAllowed)
    }

    @Test("what is published here is held back by the deny list alone")
    func published() throws {
        let file = try Samples.file(isWheel: false, size: 500, uploaded: nil, isPublishedHere: true)
        var policy = IndexPolicy(
            minAge: Self.day, before: Samples.moment(-1), allow: try Samples.requirements(["other"]), wheelsOnly: true,
            maxSize: 1)
        #expect(Samples.verdict(policy, file) == .allowed)
        policy.deny = try Samples.requirements(["sample==1.0"])
        let verdict = Samples.verdict(policy, file, exceptions: [try Samples.exception()])
        #expect(verdict.isDenial)
        #expect(verdict.reasons.count == 1)
    }

    @Test("every rule that holds a file back is listed, and the verdict changes by itself only if all of them do")
    func allReasons() throws {
        let policy = IndexPolicy(
            minAge: 7 * Self.day, before: Samples.moment(-Self.day), allow: try Samples.requirements(["sample<1"]),
            deny: try Samples.requirements(["sample==1.0"]), wheelsOnly: true, maxSize: 64 << 10)
        let verdict = Samples.verdict(policy, try Samples.file(isWheel: false, size: 65_537, uploaded: 0))
        #expect(
            verdict.reasons.map(\.code) == [
                "denied", "not-allowed", "not-wheel", "too-large", "too-late", "too-young",
            ])
        #expect(verdict.changesAt == nil)
        #expect(
            verdict.text == "denied by \"sample==1.0\"; this version is not on the allow list, which has \"sample<1\"; "
                + "it is a source distribution, and only wheels are let through; it is larger than 64 KiB; "
                + "it was not uploaded before 2025-11-20T08:00:00Z; too young until 2025-11-28T08:00:00Z")
    }

    @Test("a moment between two seconds is written as the later one, so that nobody comes too early")
    func roundedMoment() {
        #expect(PolicyReason.tooYoung(until: Samples.moment(1)).text == "too young until 2025-11-21T08:00:01Z")
        #expect(PolicyReason.tooYoung(until: Samples.now).text == "too young until 2025-11-21T08:00:00Z")
    }
}
