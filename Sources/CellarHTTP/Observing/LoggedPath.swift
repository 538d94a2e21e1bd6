/// A request's path as a log may show it.
enum LoggedPath {
    /// The path without what must not be read in a log: the one-time token of the setup link.
    ///
    /// The router takes several slashes for one, and so does this.
    static func of(_ path: Substring) -> Substring {
        let segments = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        guard segments.count > 2, segments[0] == "-", segments[1] == "setup" else { return path }
        return "/-/setup/(hidden)"
    }
}
