import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@Suite("What an exception lifts")
struct PolicyExceptionTests {
    typealias Samples = PolicySamples
    static let day = PolicySamples.day

    @Test("everything but a denial")
    func everythingButDenial() throws {
        var policy = IndexPolicy(
            minAge: Self.day, before: Samples.moment(-Self.day), allow: try Samples.requirements(["other"]),
            wheelsOnly: true, maxSize: 1)
        let file = try Samples.file(isWheel: false, uploaded: nil)
        let exception = try Samples.exception()
        #expect(Samples.verdict(policy, file).reasons.count == 5)
        let verdict = Samples.verdict(policy, file, exceptions: [exception])
        #expect(verdict == PolicyVerdict(reasons: [], exception: exception, changesAt: nil))
        policy.deny = try Samples.requirements(["sample"])
        #expect(Samples.verdict(policy, file, exceptions: [exception]).isDenial)
    }

    @Test(
        "for its project or its release, in any spelling of the version, and no other",
        arguments: [
            ("sample", nil, "1.0", true), ("sample", "1.0", "1.0", true), ("sample", "1", "1.0.0", true),
            ("sample", "1.0", "1.0.1", false), ("sample", "1.0", "1.0+cpu", false), ("other", nil, "1.0", false),
        ] as [(String, String?, String, Bool)])
    func scope(project: String, version: String?, of: String, isAllowed: Bool) throws {
        let verdict = Samples.verdict(
            IndexPolicy(minAge: Self.day), try Samples.file(of, uploaded: 0),
            exceptions: [try Samples.exception(project, version)])
        #expect(verdict.isAllowed == isAllowed)
    }

    @Test("until the microsecond in which it ends", arguments: [(-1, false), (0, false), (1, true)] as [(Int64, Bool)])
    func end(ends: Int64, isAllowed: Bool) throws {
        let verdict = Samples.verdict(
            IndexPolicy(wheelsOnly: true), try Samples.file(isWheel: false),
            exceptions: [try Samples.exception(ends: ends)])
        #expect(verdict.isAllowed == isAllowed)
        #expect(verdict.changesAt == (isAllowed ? Samples.moment(ends) : nil))
    }

    @Test("of several, until the last has ended")
    func several() throws {
        let policy = IndexPolicy(wheelsOnly: true)
        let file = try Samples.file(isWheel: false)
        var exceptions = [
            try Samples.exception(ends: Self.day, id: 1),
            try Samples.exception("sample", "1.0", ends: 3 * Self.day, id: 2),
            try Samples.exception(ends: 2 * Self.day, id: 3),
        ]
        let verdict = Samples.verdict(policy, file, exceptions: exceptions)
        #expect(verdict.exception?.id == 2)
        #expect(verdict.changesAt == Samples.moment(3 * Self.day))
        exceptions.append(try Samples.exception(id: 4))
        #expect(Samples.verdict(policy, file, exceptions: exceptions).exception?.id == 4)
        #expect(Samples.verdict(policy, file, exceptions: exceptions).changesAt == nil)
    }

    @Test("a file that has reached its age when the exception ends stays, and does not change again")
    func agedMeanwhile() throws {
        let policy = IndexPolicy(minAge: Self.day)
        let file = try Samples.file(uploaded: 0)
        let short = Samples.verdict(policy, file, exceptions: [try Samples.exception(ends: Self.day - 1)])
        #expect(short.changesAt == Samples.moment(Self.day - 1))
        let long = Samples.verdict(policy, file, exceptions: [try Samples.exception(ends: Self.day)])
        #expect(long.isAllowed)
        #expect(long.changesAt == nil)
    }

    @Test("a file that needs no exception is not said to be let through by one")
    func notNeeded() throws {
        let verdict = Samples.verdict(
            IndexPolicy(wheelsOnly: true), try Samples.file(), exceptions: [try Samples.exception(ends: 5)])
        #expect(verdict == .allowed)
    }

    @Test("what is asked for a whole project is what is asked for each file, and says if no file need be asked for")
    func perProject() throws {
        let other = try #require(NormalizedName("other"))
        let denying = IndexPolicy(deny: try Samples.requirements(["sample<1"]))
        let evaluator = PolicyEvaluator(policy: denying, exceptions: [], now: Samples.now)
        #expect(evaluator.forProject(other).allowsEverything)
        let sample = evaluator.forProject(try Samples.file().project)
        #expect(!sample.allowsEverything)
        #expect(!sample.allowsPublished)
        #expect(sample.verdict(on: try Samples.file("0.9")).isDenial)

        let young = PolicyEvaluator(policy: IndexPolicy(minAge: 1), exceptions: [], now: Samples.now).forProject(other)
        #expect(!young.allowsEverything)
        #expect(young.allowsPublished)
        let locked = IndexPolicy(locksKept: true)
        #expect(PolicyEvaluator(policy: locked, exceptions: [], now: Samples.now).forProject(other).allowsEverything)
    }

    @Test("a file is neither held back nor let through before the moment in the verdict", arguments: 0..<40)
    func holdsUntilItChanges(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let policy = try randomPolicy(&random)
            let file = try Samples.file(
                random.next() % 2 == 0 ? "1.0" : "2.0", isWheel: random.next() % 3 != 0,
                size: random.next() % 2 == 0 ? nil : Int64(random.next() % 20),
                uploaded: random.next() % 4 == 0 ? nil : Int64(random.next() % 40) - 30)
            let exceptions = try (0..<Int(random.next() % 4)).map { id in
                try Samples.exception(
                    "sample", random.next() % 2 == 0 ? nil : "1.0",
                    ends: random.next() % 5 == 0 ? nil : Int64(random.next() % 30) - 5, id: Int64(id))
            }
            let first = Samples.verdict(policy, file, exceptions: exceptions)
            let end = first.changesAt.map { $0.microseconds - Samples.now.microseconds }
            #expect(end.map { $0 > 0 } ?? true)
            for later in 0..<(end ?? 100) {
                let verdict = Samples.verdict(policy, file, exceptions: exceptions, at: Samples.moment(later))
                #expect(verdict.isAllowed == first.isAllowed, "\(later) µs later, before \(end ?? -1)")
            }
        }
    }

    private func randomPolicy(_ random: inout SeededGenerator) throws -> IndexPolicy {
        var policy = IndexPolicy()
        if random.next() % 2 == 0 { policy.minAge = Int64(random.next() % 25) }
        if random.next() % 3 == 0 { policy.before = Samples.moment(Int64(random.next() % 40) - 20) }
        if random.next() % 4 == 0 { policy.allow = try Samples.requirements(["sample>=1.5"]) }
        if random.next() % 5 == 0 { policy.deny = try Samples.requirements(["sample==2.0"]) }
        policy.wheelsOnly = random.next() % 4 == 0
        if random.next() % 4 == 0 { policy.maxSize = 10 }
        return policy
    }
}
