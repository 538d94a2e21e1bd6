import PackagingStandards

/// Decides about projects of which the database knows the owner.
///
/// It asks the database only if nothing in memory gives the right.
struct ProjectRights: Sendable {
    let permissions: Permissions
    let database: any AccessDatabase

    /// Returns the settings of an index in which a caller holds a right for a project, perhaps as its owner.
    ///
    /// Throws as `Permissions.require` does.
    func settings(
        of index: IndexName, for caller: Caller, holding right: Right, _ project: NormalizedName, to action: String,
        absent: RegistryError? = nil
    ) async throws -> IndexSettings {
        let settings = permissions.indexes[index]
        if let settings, permissions.may(right, project, in: settings, caller) { return settings }
        // Asked for an index that does not exist, too: the time must not tell it from a hidden one.
        if right == .write, try await owns(project, in: index, caller), let settings,
            caller.isInScope(right, project, in: index)
        {
            return settings
        }
        return try permissions.settings(
            of: index, for: caller, holding: right, project, to: action, absent: absent)
    }

    /// Returns the settings of an index for somebody who may read a project in it.
    ///
    /// Throws as `Permissions.requireRead` does. A project that the caller may not read is looked up first, like one that
    /// is not there, so that the time does not tell them apart.
    func requireRead(_ caller: Caller, _ project: NormalizedName, in index: IndexName) async throws -> IndexSettings {
        let settings = try permissions.requireRead(caller, in: index)
        guard !permissions.may(.read, project, in: settings, caller) else { return settings }
        try await lookUpInVain(project, in: index)
        return try permissions.requireRead(caller, project, in: index)
    }

    /// Takes as long as looking a project up that is not there.
    func lookUpInVain(_ project: NormalizedName, in index: IndexName) async throws {
        _ = try await database.owner(of: project, in: index)
    }

    /// Returns whether a caller, or the owner of a token, owns a project.
    func owns(_ project: NormalizedName, in index: IndexName, _ caller: Caller) async throws -> Bool {
        guard let id = caller.personID else { return false }
        return try await database.owner(of: project, in: index) == id
    }

    /// Returns whether a caller may grant on a project as its owner.
    func mayGrant(on project: NormalizedName, in index: IndexName, _ caller: Caller) async throws -> Bool {
        let isOwner = try await owns(project, in: index, caller)
        return isOwner && caller.isInScope(.administer, project, in: index)
    }

    /// Returns the settings of an index in which a caller may publish something: by a right, or as the owner of a project.
    ///
    /// Throws as `Permissions.require` does.
    func settingsForUpload(to index: IndexName, by caller: Caller) async throws -> IndexSettings {
        let settings = permissions.indexes[index]
        if let settings, permissions.mayAnywhere(.write, in: settings, caller) { return settings }
        if try await ownsAny(in: index, caller), let settings { return settings }
        return try permissions.settings(of: index, for: caller, holding: .write, to: "publish")
    }

    /// Returns whether a caller owns a project of an index that they may write, or that a token has in its scope.
    private func ownsAny(in index: IndexName, _ caller: Caller) async throws -> Bool {
        guard let id = caller.personID else { return false }
        guard let scope = caller.token?.scope else { return try await database.ownsProject(id, in: index) }
        guard scope.includes(.write, in: index) else { return false }
        guard let projects = scope.projects else { return try await database.ownsProject(id, in: index) }
        for project in projects where try await database.owner(of: project, in: index) == id { return true }
        return false
    }
}
