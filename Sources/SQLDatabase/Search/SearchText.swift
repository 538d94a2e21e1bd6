/// What a search compares: texts without case, and the pieces of three that find them.
enum SearchText {
    /// The most Unicode scalars of a summary that can be found.
    static let limit = 512

    /// Returns a text in lowercase, cut to what can be found.
    static func folded(_ text: String) -> String {
        let scalars = text.lowercased().unicodeScalars
        return String(String.UnicodeScalarView(scalars.prefix(limit)))
    }

    /// Returns a query as it would stand in a normalized name (PEP 503): runs of `-`, `_` and `.` are one `-`.
    static func asName(_ folded: String) -> String {
        var name = ""
        var isInSeparator = false
        for scalar in folded.unicodeScalars {
            let isSeparator = scalar == "-" || scalar == "_" || scalar == "."
            if !isSeparator {
                name.unicodeScalars.append(scalar)
            } else if !isInSeparator {
                name += "-"
            }
            isInSeparator = isSeparator
        }
        return name
    }

    /// Returns every run of three Unicode scalars, each once.
    static func trigrams(of text: String) -> Set<String> {
        let scalars = Array(text.unicodeScalars)
        guard scalars.count >= 3 else { return [] }
        return Set((0...(scalars.count - 3)).map { String(String.UnicodeScalarView(scalars[$0..<($0 + 3)])) })
    }
}

/// What a trigram was taken from.
enum SearchField: Int64 {
    case name = 0
    case summary = 1
}

extension SQLConnection {
    /// Sets the text by which searches find a field of a project.
    func setSearchText(_ text: String, field: SearchField, projectID: Int64, indexID: Int64) throws {
        try execute(
            "DELETE FROM search_trigrams WHERE project_id = ?1 AND field = ?2", .integer(projectID),
            .integer(field.rawValue))
        for trigram in SearchText.trigrams(of: SearchText.folded(text)).sorted() {
            try execute(
                "INSERT INTO search_trigrams (index_id, field, trigram, project_id) VALUES (?1, ?2, ?3, ?4)",
                .integer(indexID), .integer(field.rawValue), .text(trigram), .integer(projectID))
        }
    }
}
