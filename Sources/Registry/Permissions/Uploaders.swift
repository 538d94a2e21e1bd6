/// Who may publish to an index, in general.
public enum Uploaders: Sendable, Hashable {
    /// Everyone, without an account.
    case everyone
    case some
    /// Administrators alone, and the jobs of trusted publishers, if there are any.
    case nobody
}
