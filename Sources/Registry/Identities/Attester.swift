import PackagingStandards

/// Who must have signed what a trusted publisher's jobs attest (PEP 740): the jobs themselves.
public struct Attester: Sendable, Hashable {
    /// The text that names the signer, such as `github:acme/widget/release.yml`.
    let text: String
    /// Whether no other kind of signer may attest: the issuer is the one whose jobs the text names. Another server of the
    /// same kind may have signers whose names are not known here.
    let isOnly: Bool

    /// Returns whether a signer, by its text, is the one that is meant. The case of repositories makes no difference, that
    /// of a workflow's file does.
    func allows(_ signer: String) -> Bool {
        guard signer.prefix(while: { $0 != ":" }) == text.prefix(while: { $0 != ":" }) else { return !isOnly }
        let (expected, found) = (Self.parts(of: text), Self.parts(of: signer))
        return expected.file.utf8.elementsEqual(found.file.utf8)
            && expected.place.utf8.elementsEqual(found.place.utf8) { ASCII.lowercased($0) == ASCII.lowercased($1) }
    }

    private static func parts(of text: String) -> (place: Substring, file: Substring) {
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", text[...]) }
        return (text[..<slash], text[slash...])
    }
}

extension PublisherDescription {
    /// Who attests what the publisher's jobs publish; nil if that cannot be told.
    public var attester: Attester? {
        switch kind {
        case .gitHub:
            guard let repository = fields[.repository], let workflow = fields[.workflow] else { return nil }
            return Attester(
                text: "github:\(repository)/\(workflow)",
                isOnly: issuer == "https://token.actions.githubusercontent.com")
        case .gitLab:
            guard let repository = fields[.repository], let workflow = fields[.workflow] else { return nil }
            let server = issuer == "https://gitlab.com" ? "" : issuer + "/"
            return Attester(text: "gitlab:\(server)\(repository)//\(workflow)", isOnly: true)
        case .google: return fields[.email].map { Attester(text: "google:\($0)", isOnly: true) }
        case .forgejo, .buildkite, .generic: return nil
        }
    }
}
