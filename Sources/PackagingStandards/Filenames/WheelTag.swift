/// One compatibility tag of a wheel (PEP 425), such as `cp313-cp313-manylinux_2_28_x86_64`.
public struct WheelTag: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The Python tag, such as `cp313`, in lowercase.
    public let python: String
    /// The ABI tag, such as `abi3`, in lowercase.
    public let abi: String
    /// The platform tag, such as `win_amd64`, in lowercase.
    public let platform: String

    /// The three joined by `-`.
    public var description: String { "\(python)-\(abi)-\(platform)" }

    public static func < (left: WheelTag, right: WheelTag) -> Bool {
        (left.python, left.abi, left.platform) < (right.python, right.abi, right.platform)
    }
}
