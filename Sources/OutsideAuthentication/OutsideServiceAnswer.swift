import FoundationEssentials
import Registry

/// What a service answers with 200: who it is.
///
/// `groups` must be there, so that a page that answers 200 to everything lets nobody in.
struct OutsideServiceAnswer: Decodable {
    let groups: [String]
    let user: String?
    let subject: String?
    let admin: Bool?

    /// Reads a body; throws for any other.
    init(_ body: some Collection<UInt8>) throws {
        self = try JSONDecoder().decode(OutsideServiceAnswer.self, from: Data(body))
    }

    /// Returns the person; nil if what identifies them cannot do so.
    ///
    /// - Parameter sent: The user name that was sent, which identifies them if nothing else is answered.
    /// - Returns: The person.
    func person(sent: String) -> ProvenPerson? {
        let name = user ?? sent
        guard let identity = OutsideIdentity(.authenticator, subject: subject ?? name.lowercased()) else { return nil }
        return ProvenPerson(identity, name: name, groups: groups, isAdministrator: admin)
    }
}
