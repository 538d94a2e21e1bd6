import PackagingStandards
import Registry

extension Installation {
    /// Makes a project's name this server's own.
    public func claim(project name: String, index indexName: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let project = try Self.project(name)
            let files = try await using { parts in
                let index = try Self.index(indexName, in: parts)
                try await parts.registry.start()
                return try await parts.registry.management.claim(project, in: index, caller: .localOperator)
            }
            for line in Self.lines(of: files) { console.print(line) }
            console.notify(
                """
                \(project) is this server's own now: the index \(indexName) can publish it, and no upstream is asked \
                for it any more. \(Self.summary(of: files, "pruned"))
                """)
        }
    }

    /// Gives a project's name back to the upstreams.
    public func release(project name: String, index indexName: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let project = try Self.project(name)
            let released = try await using { parts in
                let index = try Self.index(indexName, in: parts)
                try await parts.registry.start()
                return try await parts.registry.management.release(project, in: index, caller: .localOperator)
            }
            guard released.isPrivate else {
                return console.notify("\(project) is given back: upstreams are asked for it again.")
            }
            let owners = released.owners.map(\.description).joined(separator: ", ")
            console.notify(
                """
                The index \(indexName) does not own \(project) any more, but the name stays private: \
                \(owners.isEmpty ? "an index that the configuration does not have" : owners) owns it too.
                """)
        }
    }
}
