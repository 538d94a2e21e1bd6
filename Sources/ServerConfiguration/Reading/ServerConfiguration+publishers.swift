import PackagingStandards
import Registry

extension ServerConfiguration {
    /// Reads the publishers, and checks that there are their issuers and indexes, that enough is said of their jobs, and
    /// that each is there once.
    static func readPublishers(
        _ written: WrittenSettings, _ reader: inout SettingsReader, issuers: [IssuerDefinition]
    ) -> [NewPublisher] {
        let key = DeclaredKeys.trustedPublishers
        var found: [NewPublisher] = []
        for (item, words) in reader.value(of: key).enumerated() {
            do {
                let publisher = try publisher(words, issuers: issuers.map(\.issuer))
                if let problem = problem(with: words.place.index, indexes: written.indexes.map(\.name)) {
                    throw WrittenPublisher.Problem(message: problem)
                }
                if found.contains(where: { $0.description == publisher.description && $0.place == publisher.place }) {
                    throw WrittenPublisher.Problem(message: "says the same as another item")
                }
                found.append(publisher)
            } catch {
                let message = (error as? WrittenPublisher.Problem)?.message ?? "\(error)"
                reader.fail(
                    "\(key.displayName) item \(item + 1) \(message)",
                    at: reader.place(ofItem: item, of: key, named: nil))
            }
        }
        return found
    }

    private static func publisher(_ words: WrittenPublisher, issuers: [IdentityIssuer]) throws -> NewPublisher {
        guard let issuer = issuers.first(where: { $0.name == words.issuer }) else {
            let known = issuers.map(\.name).joined(separator: ", ")
            throw WrittenPublisher.Problem(
                message: "names the issuer \(quoted(words.issuer)), which the file does not have: "
                    + (known.isEmpty ? "add [issuer.\(words.issuer)]" : "there are \(known)"))
        }
        do {
            if let ownerID = words.ownerID { try PublisherRecord.check(ownerID, of: issuer.kind) }
            return NewPublisher(
                description: try PublisherDescription(
                    issuer: issuer.url, kind: issuer.kind, fields: words.fields, claims: words.claims,
                    for: words.place.right),
                place: words.place, ownerID: words.ownerID)
        } catch let error as RegistryError {
            throw WrittenPublisher.Problem(message: "cannot be used: \(error.message)")
        }
    }
}
