import HTTPTypes
import PackagingStandards
import Registry

/// Which clients are sent to a signed link for the bytes of a file.
package struct Redirects: Sendable {
    /// Who is sent there.
    package enum Clients: Sendable {
        case all
        /// Those that keep a file by its digest, whatever the address it came from: uv and Poetry.
        case knownToKeepFiles
    }

    let clients: Clients
    /// How long a link is good at most.
    let lifetime: Duration
    /// Whether links need no signature: then only files that everyone may read have one.
    let isForPublicFiles: Bool

    /// - Parameters:
    ///   - clients: Who is sent there.
    ///   - lifetime: How long a link is good at most.
    ///   - isForPublicFiles: Whether links need no signature.
    package init(_ clients: Clients, lifetime: Duration, isForPublicFiles: Bool = false) {
        self.clients = clients
        self.lifetime = lifetime
        self.isForPublicFiles = isForPublicFiles
    }

    /// Returns whether a request for a file is answered with a link.
    ///
    /// Only files with core metadata of their own have one: without them uv asks for parts, and does not follow redirects
    /// when it does. A client that wants to go on with bytes that this server sent, by its tag, gets the rest here: the
    /// store has another tag.
    func apply(to entry: ServableFile, _ asked: AskedFile) -> Bool {
        guard entry.isLinkable, asked.isPublic || !isForPublicFiles else { return false }
        if let tag = entry.entityTag, asked.conditions.ifRange == tag { return false }
        switch clients {
        case .all: return true
        case .knownToKeepFiles:
            let agent = asked.conditions.userAgent ?? ""
            return agent.hasPrefix("uv/") || agent.hasPrefix("poetry/")
        }
    }
}
