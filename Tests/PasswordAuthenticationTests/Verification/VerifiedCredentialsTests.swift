import PackagingStandards
import Registry
import Testing

@testable import PasswordAuthentication

@Suite("Remembered credentials")
struct VerifiedCredentialsTests {
    private let digests = CredentialDigest.Maker()
    private let start = ContinuousClock.now
    private let morning = Timestamp(microseconds: 1_000)
    private let adasRecord = UserRecord.ada()
    private var ada: NamedRecord { NamedRecord(record: adasRecord, tag: nil) }

    private func key(_ password: String) -> CredentialDigest {
        digests.digest(user: "ada", password: SentPassword(password))
    }

    @Test("A credential must be confirmed when what the outside said of its user counts no more")
    func trust() {
        let verified = VerifiedCredentials(lifetime: .seconds(60))
        let record = UserRecord(
            id: 7, name: "ada", passwordHash: "", passwordGeneration: 1, isAdministrator: false, groups: ["dev"],
            createdAt: Timestamp(microseconds: 0), validUntil: morning)
        verified.remember(key("a"), of: NamedRecord(record: record, tag: "ci"), accessEpoch: 1, now: start)
        let before = Timestamp(microseconds: morning.microseconds - 1)
        #expect(verified.recall(key("a"), accessEpoch: 1, now: start, wall: before).isKnown)
        guard case .unconfirmed(7, 1) = verified.recall(key("a"), accessEpoch: 1, now: start, wall: morning) else {
            Issue.record("it is believed for ever")
            return
        }
        #expect(verified.tag(key("a")) == "ci" && verified.tag(key("b")) == nil)
        verified.confirm(key("a"), of: ada, accessEpoch: 1)
        #expect(verified.recall(key("a"), accessEpoch: 1, now: start, wall: morning).isKnown)
    }

    @Test("A credential is known until its time is over")
    func expiry() {
        let verified = VerifiedCredentials(lifetime: .seconds(60))
        verified.remember(key("a"), of: ada, accessEpoch: 1, now: start)
        #expect(verified.recall(key("a"), accessEpoch: 1, now: start + .seconds(59), wall: morning).isKnown)
        #expect(verified.recall(key("a"), accessEpoch: 1, now: start + .seconds(60), wall: morning).isNothing)
        #expect(verified.recall(key("b"), accessEpoch: 1, now: start, wall: morning).isNothing)
    }

    @Test("After any change to people it must be confirmed, and then its time runs on")
    func epochs() {
        let verified = VerifiedCredentials(lifetime: .seconds(60))
        verified.remember(key("a"), of: ada, accessEpoch: 1, now: start)
        guard
            case .unconfirmed(adasRecord.id, adasRecord.passwordGeneration) = verified.recall(
                key("a"), accessEpoch: 2, now: start, wall: morning)
        else {
            Issue.record("not unconfirmed")
            return
        }
        let promoted = NamedRecord(record: .ada(isAdministrator: true), tag: nil)
        verified.confirm(key("a"), of: promoted, accessEpoch: 2)
        guard case .known(.person(let person)) = verified.recall(key("a"), accessEpoch: 2, now: start, wall: morning)
        else {
            Issue.record("not known")
            return
        }
        #expect(person.isAdministrator)
        #expect(verified.recall(key("a"), accessEpoch: 2, now: start + .seconds(60), wall: morning).isNothing)
    }

    @Test("A late confirmation does not undo a newer one")
    func lateConfirmation() {
        let verified = VerifiedCredentials()
        verified.remember(key("a"), of: ada, accessEpoch: 3, now: start)
        verified.confirm(key("a"), of: NamedRecord(record: .ada(isAdministrator: true), tag: nil), accessEpoch: 2)
        guard case .known(let caller) = verified.recall(key("a"), accessEpoch: 3, now: start, wall: morning) else {
            Issue.record("not known")
            return
        }
        #expect(caller == .person(ada.person))
    }

    @Test("A wrong credential is known as wrong for a shorter time, and not after a change to people")
    func wrong() {
        let verified = VerifiedCredentials(lifetimeOfWrong: .seconds(5))
        verified.rememberWrong(key("a"), accessEpoch: 1, now: start)
        #expect(verified.recall(key("a"), accessEpoch: 1, now: start + .seconds(4), wall: morning).isWrong)
        #expect(verified.recall(key("a"), accessEpoch: 1, now: start + .seconds(5), wall: morning).isNothing)
        #expect(verified.recall(key("a"), accessEpoch: 2, now: start, wall: morning).isNothing)
    }

    @Test("The oldest entries go first, and no more are kept than the bound")
    func bound() {
        let verified = VerifiedCredentials(maxCount: 100)
        for number in 0..<5000 {
            verified.remember(key("\(number)"), of: ada, accessEpoch: 1, now: start)
            #expect(verified.count <= 100)
        }
        #expect(verified.recall(key("4899"), accessEpoch: 1, now: start, wall: morning).isNothing)
        #expect(verified.recall(key("4900"), accessEpoch: 1, now: start, wall: morning).isKnown)
        #expect(verified.recall(key("4999"), accessEpoch: 1, now: start, wall: morning).isKnown)
    }

    @Test("One credential, remembered again and again, takes one place and keeps its newest time")
    func again() {
        let verified = VerifiedCredentials(maxCount: 2, lifetime: .seconds(60))
        for second in 0..<5000 {
            verified.remember(key("a"), of: ada, accessEpoch: 1, now: start + .seconds(second))
        }
        #expect(verified.count == 1)
        #expect(verified.recall(key("a"), accessEpoch: 1, now: start + .seconds(5058), wall: morning).isKnown)
    }

    @Test("Expired entries go when others come")
    func cleaning() {
        let verified = VerifiedCredentials(lifetime: .seconds(60))
        for number in 0..<50 { verified.remember(key("\(number)"), of: ada, accessEpoch: 1, now: start) }
        verified.remember(key("new"), of: ada, accessEpoch: 1, now: start + .seconds(61))
        #expect(verified.count == 1)
    }

    @Test("Names and passwords are kept apart, and another process has other digests")
    func digestsDiffer() {
        #expect(digests.digest(user: "a", password: "bc") != digests.digest(user: "ab", password: "c"))
        #expect(digests.digest(user: "a", password: "b") == digests.digest(user: "a", password: "b"))
        #expect(digests.digest(user: "a", password: "b") != CredentialDigest.Maker().digest(user: "a", password: "b"))
    }
}

extension VerifiedCredentials.Memory? {
    fileprivate var isKnown: Bool {
        guard case .known = self else { return false }
        return true
    }

    fileprivate var isNothing: Bool {
        guard case nil = self else { return false }
        return true
    }

    fileprivate var isWrong: Bool {
        guard case .wrong = self else { return false }
        return true
    }
}

extension UserRecord {
    /// A user for tests.
    static func ada(
        hash: String = "", generation: Int64 = 1, isAdministrator: Bool = false, id: Int64 = 7
    ) -> UserRecord {
        UserRecord(
            id: id, name: "ada", passwordHash: hash, passwordGeneration: generation, isAdministrator: isAdministrator,
            groups: ["owners"], createdAt: Timestamp(microseconds: 0))
    }
}
