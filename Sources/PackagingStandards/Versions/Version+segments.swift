extension Version {
    /// The pre-release segment of a version, such as `rc1`.
    public struct PreRelease: Hashable, Comparable, Sendable, CustomStringConvertible {
        /// How near to the release a pre-release is, by its normal spelling.
        public enum Phase: String, Sendable {
            case alpha = "a"
            case beta = "b"
            case candidate = "rc"
        }

        /// The phase.
        public let phase: Phase
        /// The number, 0 where none was written.
        public let number: VersionNumber

        /// The normal form, such as `rc1`.
        public var description: String { phase.rawValue + number.description }

        public static func < (left: PreRelease, right: PreRelease) -> Bool {
            left.phase == right.phase ? left.number < right.number : left.phase.rank < right.phase.rank
        }
    }

    /// One part of a local version label.
    public enum LocalSegment: Hashable, Comparable, Sendable, CustomStringConvertible {
        /// A part with a letter in it, in lowercase; sorts before every number.
        case text(String)
        /// A part of digits alone.
        case number(VersionNumber)

        /// The part as the normal form writes it.
        public var description: String {
            switch self {
            case .text(let text): text
            case .number(let number): number.description
            }
        }
    }
}

extension Version.PreRelease.Phase {
    /// The place in the order of phases.
    var rank: Int {
        switch self {
        case .alpha: 0
        case .beta: 1
        case .candidate: 2
        }
    }
}
