import PackagingStandards
import Registry

extension ProvenPerson {
    /// Makes the person whom a provider's claims are about, by what the configuration says of them.
    ///
    /// The identity is the subject together with the address of the provider, so that it is nobody else's if the section
    /// names another provider one day. Throws `.forbidden` for somebody of whom a claim does not hold that must, and if
    /// the name is missing.
    init(_ claims: ProvenIdentity, _ settings: LoginSettings) throws {
        for claim in settings.required {
            let values = claims.claims[claim.name].map(\.texts) ?? []
            guard values.contains(where: claim.value.matches) else {
                let expected = ShownText.quoted(claim.value.description)
                throw RegistryError(.forbidden, "Your account may not sign in here: \(claim.name) must be \(expected).")
            }
        }
        // An address that nobody has verified could be anybody's.
        guard settings.nameClaim != "email" || claims.text("email_verified") == "true" else {
            throw RegistryError(
                .forbidden, "The provider has not verified your e-mail address, which is your name here.")
        }
        guard let name = claims.text(settings.nameClaim) else {
            throw RegistryError(
                .forbidden, "The provider does not say your name: it sends no claim \(settings.nameClaim).")
        }
        guard let provider = OutsideProvider("sso:\(claims.issuer.name)"),
            let identity = OutsideIdentity(provider, subject: "\(claims.issuer.url)#\(claims.text("sub") ?? "")")
        else {
            throw RegistryError(.forbidden, "The provider knows you by a name (sub) that is too long.")
        }
        let groups = settings.groupsClaim.flatMap { claims.claims[$0]?.texts } ?? []
        self.init(identity, name: name, groups: groups, isAdministrator: settings.adminGroup.map(groups.contains))
    }
}

extension ClaimValue {
    /// The values, one or several.
    fileprivate var texts: [String] {
        switch self {
        case .single(let text): [text]
        case .several(let texts): texts
        }
    }
}
