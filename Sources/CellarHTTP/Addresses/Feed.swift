/// What an RSS feed lists.
package enum Feed: Hashable, Sendable {
    /// Projects that are new: `rss/packages.xml`.
    case packages
    /// Releases that are new: `rss/updates.xml`.
    case updates
    /// The releases of a project, by its name as it is written: `rss/project/<project>/releases.xml`.
    case releases(of: String)

    /// Reads what follows `rss/`; nil if it names nothing.
    init?(_ segments: [String]) {
        switch segments.count {
        case 1 where segments[0] == "packages.xml": self = .packages
        case 1 where segments[0] == "updates.xml": self = .updates
        case 3 where segments[0] == "project" && segments[2] == "releases.xml": self = .releases(of: segments[1])
        default: return nil
        }
    }
}
