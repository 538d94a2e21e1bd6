/// A text that must not be shown: printed or dumped, it is a placeholder.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    static let placeholder = "(hidden)"

    private let text: String

    /// Keeps a text hidden.
    package init(_ text: String) {
        self.text = text
    }

    /// Returns the text itself, for the one place that uses it.
    package func reveal() -> String {
        text
    }

    package var description: String { Self.placeholder }
    package var debugDescription: String { Self.placeholder }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
