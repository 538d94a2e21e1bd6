/// The role of the database that takes over what the configuration declares of people and rights.
public protocol DeclarationDatabase: Sendable {
    /// Makes the people, groups, grants, tokens and publishers of a declaration the only declared ones.
    ///
    /// - A person of a declared name who is there already becomes a declared one and keeps their id; otherwise the
    ///   person is added.
    /// - A person who is declared no more is removed: their memberships end, and grants to them stay and give nobody
    ///   anything. Only if the same name is declared with the same hash again do they come back with their id; whoever
    ///   else gets the name is somebody new.
    /// - A group that is declared no more is like one that was added, without members.
    /// - A grant that is there already becomes a declared one; one that is declared no more is taken back.
    /// - A token takes the place of another of its owner's that has its name, and of any that has its digest: those end,
    ///   with all that were made with them. So does one that is declared no more, or otherwise than before. The service
    ///   account of a token is made if there is none, and stays when the token goes.
    /// - A publisher that is there already becomes a declared one, unless another owner is declared for it. One that is
    ///   declared no more, or for another owner, is removed with the tokens of its jobs.
    ///
    /// Changes nothing, and counts no change of rights, if all of that is so already. The indexes of the grants must have
    /// been declared, and every principal of a grant must be in the declaration.
    @discardableResult
    func declare(_ declaration: Declaration, by change: ChangeAuthor) async throws -> DeclarationChange
}

/// What became of a declaration.
public struct DeclarationChange: Sendable {
    /// Whether anything changed.
    public let isChange: Bool
    /// What changed of the grants.
    public let grants: [GrantChange]

    public init(isChange: Bool, grants: [GrantChange] = []) {
        self.isChange = isChange
        self.grants = grants
    }
}
