import PackagingStandards
import Registry

/// An exception for `cellar policy exception add`, as people write it.
public struct NewException: Sendable {
    public var index: String
    public var project: String
    /// Nil for the whole project.
    public var version: String?
    public var reason: String
    /// A date or a moment; nil for no end.
    public var until: String?

    public init(index: String, project: String, version: String?, reason: String, until: String?) {
        self.index = index
        self.project = project
        self.version = version
        self.reason = reason
        self.until = until
    }
}

extension Installation {
    /// Lets a project or a release through an index's policy.
    public func addException(_ new: NewException) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let (project, version) = (try Self.project(new.project), try new.version.map(Self.version))
            let until = try new.until.map(Self.moment)
            let added = try await using { parts in
                let index = try Self.index(new.index, in: parts)
                try await parts.registry.start()
                return try await parts.registry.policies.add(
                    ExceptionRequest(
                        index: index, project: project, version: version, reason: new.reason, expiresAt: until),
                    caller: .localOperator)
            }
            console.notify("Added the exception \(added.id): \(Self.describe(added)).")
        }
    }

    /// Prints the exceptions of an index, also those that have ended.
    public func listExceptions(
        index name: String, project projectName: String?
    ) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let project = try projectName.map(Self.project)
            let exceptions = try await using { parts in
                try await parts.registry.start()
                return try await parts.registry.policies.exceptions(
                    of: project, in: Self.index(name, in: parts), caller: .localOperator)
            }
            guard !exceptions.isEmpty else { return console.notify("The index \(name) has no exceptions.") }
            let now = Timestamp.now()
            for exception in exceptions {
                let hasEnded = exception.expiresAt.map { $0 <= now } ?? false
                console.print(
                    """
                    \("\(exception.id)".padding(to: 6))\(Self.describe(exception))\(hasEnded ? " (has ended)" : ""), \
                    by \(exception.createdBy) on \(Self.day(of: exception.createdAt)): \(exception.reason)
                    """)
            }
        }
    }

    /// Removes an exception.
    public func removeException(_ id: Int64, index name: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            try await using { parts in
                try await parts.registry.start()
                try await parts.registry.policies.remove(id, in: Self.index(name, in: parts), caller: .localOperator)
            }
            console.notify("Removed the exception \(id) of the index \(name).")
        }
    }

    private static func describe(_ exception: PolicyException) -> String {
        let what = exception.version.map { "\(exception.project) \($0)" } ?? "\(exception.project), every version"
        let end = exception.expiresAt.map { ", until \($0.iso8601.prefix(16))Z" } ?? ", without an end"
        return what + end
    }
}
