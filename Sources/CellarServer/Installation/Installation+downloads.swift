import Registry

extension Installation {
    /// Prints how many files those have downloaded who sent a tag behind their user name, the largest sums first.
    ///
    /// - Parameters:
    ///   - since: Only from the day of this moment on: a date, a moment, or a time before now such as `7d`.
    ///   - user: Only those of this user, or of this owner of a token.
    ///   - tag: Only those with this tag.
    ///   - limit: The most sums.
    /// - Throws: `.usage` for a time that cannot be read.
    public func printDownloads(
        since: String?, user: String?, tag: String?, limit: Int
    ) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let query = TaggedDownloadsQuery(
                limit: limit, since: try since.map { try Self.moment($0, "--since") }, user: user, tag: tag)
            let sums = try await using { parts in
                try await parts.registry.tagCounting.downloads(query, caller: .localOperator)
            }
            guard !sums.isEmpty else {
                return console.notify("No such downloads were counted: only those with a tag are, such as ada+billing.")
            }
            let width = sums.map { "\($0.count)".count }.max() ?? 0
            for sum in sums {
                let count = "\(sum.count)"
                let source = sum.source.map { "\($0.user)+\($0.tag)  \($0.index)" }
                let padding = String(repeating: " ", count: width - count.count)
                console.print("\(padding)\(count)  \(source ?? "others, who were too many in a day")")
            }
        }
    }
}
