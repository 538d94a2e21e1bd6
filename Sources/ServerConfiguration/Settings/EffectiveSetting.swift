/// A setting as it took effect; a secret's value is hidden.
package struct EffectiveSetting: Sendable, Equatable {
    /// The path, such as `["index", "main", "read"]`.
    package let path: [String]
    /// The value as it would stand in the file; nil if there is none.
    package let value: String?
    /// What happens without a value.
    package let note: String?
    /// Where the value stands.
    package let place: ConfigurationPlace
}
