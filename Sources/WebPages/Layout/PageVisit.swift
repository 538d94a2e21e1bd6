package import Registry

/// What the pages must know of a request.
package struct PageVisit: Sendable {
    /// The address of the server as this client reaches it, without a last slash.
    package let baseURL: String
    /// Who asks.
    package let caller: Caller
    /// Whether the browser says that another site's page sent the request, which may then change nothing.
    package let isFromAnotherSite: Bool

    package init(baseURL: String, caller: Caller, isFromAnotherSite: Bool) {
        self.baseURL = baseURL
        self.caller = caller
        self.isFromAnotherSite = isFromAnotherSite
    }
}
