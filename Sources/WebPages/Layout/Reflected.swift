/// What templates look into: a model whose properties are read once, by reflection, and not for each name that a template
/// asks for. That is most of the time of a page with a hundred rows.
enum Reflected {
    /// Returns a value with the structures in it as dictionaries by their properties' names; nil for an empty optional.
    ///
    /// What describes itself stays as it is: templates show its text.
    static func value(_ value: Any) -> Any? {
        if value is String || value is Bool || value is Int { return value }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional: return mirror.children.first.flatMap { Self.value($0.value) }
        case .collection: return mirror.children.compactMap { Self.value($0.value) }
        case .struct where !(value is any CustomStringConvertible):
            var names: [String: Any] = [:]
            for case (let name?, let child) in mirror.children { names[name] = Self.value(child) }
            return names
        default: return value
        }
    }
}
