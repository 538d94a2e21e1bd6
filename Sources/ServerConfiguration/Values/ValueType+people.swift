import PackagingStandards
import Registry

extension ValueType where Value == Secret {
    /// The stored form of a password, which is never shown, not even in an error about itself.
    static let passwordHash = ValueType(
        name: "hash of a password", shape: .text,
        parse: { (raw) throws(ValueProblem) -> Secret in
            guard case .text(let text) = raw else { throw ValueProblem(message: "must be text, not \(raw.kind)") }
            guard PasswordHashScheme(ofHash: text) != nil else {
                throw ValueProblem(
                    message: "must be the hash of a password, which begins with \(PasswordHashScheme.description); "
                        + "`cellar hash-password` makes one")
            }
            guard PasswordHashScheme.isWhole(text) else {
                throw ValueProblem(
                    message: "is not a whole hash: something is missing at its end or behind a $; copy all that "
                        + "`cellar hash-password` prints")
            }
            return Secret(text)
        },
        render: { _ in quoted(Secret.placeholder) })
}

extension ValueType where Value == DeclaredGrant {
    /// A grant in the words of `cellar grant add`.
    static let grant = text(
        "grant",
        expected: "a grant such as \"read group:owners --index main --project acme-billing\"",
        explain: { GrantWords.problem(with: $0) }, write: { GrantWords.text(of: $0) }
    ) { try? GrantWords.read($0).get() }
}

/// The words of a grant: a right, a principal, and the options `--index` and `--project`, as `cellar grant add` takes
/// them.
enum GrantWords {
    /// Why a text is no grant: what follows the name of its key.
    struct Problem: Error {
        let message: String
    }

    static func problem(with text: String) -> String? {
        guard case .failure(let problem) = read(text) else { return nil }
        return "\(quoted(text)) cannot be used: \(problem.message)"
    }

    static func text(of grant: DeclaredGrant) -> String {
        var words = [grant.right.rawValue, grant.principal.description]
        if let index = grant.scope.index { words += ["--index", index.description] }
        if let pattern = grant.scope.pattern { words += ["--project", pattern.description] }
        return words.joined(separator: " ")
    }

    static func read(_ text: String) -> Result<DeclaredGrant, Problem> {
        var words = text.split(separator: " ").map(String.init)
        guard words.count >= 2 else { return failure("it needs a right and a principal") }
        let (rightName, principalName) = (words.removeFirst(), words.removeFirst())
        guard let right = Right(rawValue: rightName) else {
            let known = Right.allCases.map(\.rawValue)
            let meant = nearest(to: rightName, among: known).map { "; did you mean \($0)?" }
            return failure("\(quoted(rightName)) is no right\(meant ?? ": there are \(known.joined(separator: ", "))")")
        }
        guard let principal = Principal(principalName) else {
            return failure(
                "\(quoted(principalName)) is no principal: write everyone, authenticated, user:<name> or group:<name>")
        }
        if right == .administer, principal == .everyone || principal == .authenticated {
            return failure("admin goes to users and groups only")
        }
        var options: [String: String] = [:]
        while !words.isEmpty {
            let word = words.removeFirst()
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts[0]
            guard name == "--index" || name == "--project" else {
                return failure("\(quoted(word)) means nothing here: --index <name> and --project <name> may follow")
            }
            guard options[name] == nil else { return failure("\(name) is there twice") }
            guard parts.count == 2 || !words.isEmpty else { return failure("a name must follow \(name)") }
            options[name] = parts.count == 2 ? parts[1] : words.removeFirst()
        }
        return scope(index: options["--index"], project: options["--project"])
            .map { DeclaredGrant(right, to: principal, on: $0) }
    }

    private static func scope(index: String?, project: String?) -> Result<GrantScope, Problem> {
        if let index, IndexName(index) == nil {
            return .failure(Problem(message: "\(quoted(index)) cannot be the name of an index"))
        }
        let index = index.flatMap { IndexName($0) }
        guard let project else { return .success(index.map(GrantScope.index) ?? .server) }
        guard let pattern = NamePattern(project) else {
            let message = "\(quoted(project)) is neither the name of a project nor the beginning of names and a star"
            return .failure(Problem(message: message))
        }
        return .success(.projects(index ?? .main, pattern))
    }

    private static func failure(_ message: String) -> Result<DeclaredGrant, Problem> {
        .failure(Problem(message: message))
    }
}
