/// A text that must not be shown: whoever prints or dumps it sees a placeholder.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    static let placeholder = "(hidden)"

    private let text: String

    /// Keeps a text hidden.
    package init(_ text: String) {
        self.text = text
    }

    /// The text itself, for the one place that uses it.
    package func reveal() -> String {
        text
    }

    package var description: String { Self.placeholder }
    package var debugDescription: String { Self.placeholder }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
