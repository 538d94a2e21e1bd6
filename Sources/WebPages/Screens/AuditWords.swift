import Registry

/// Lines of the audit, as tables show them.
enum AuditWords {
    /// Returns the row of a line for the person whom it is about.
    static func ownRow(_ line: AuditLine, _ visit: PageVisit) -> [Cell] {
        [
            .text(Shown.time(line.at)), what(line, visit), Cell(.code(line.actor)), .text(line.origin.address ?? ""),
            .text(line.token?.name ?? ""),
        ]
    }

    /// Returns what was done, and on what.
    static func what(_ line: AuditLine, _ visit: PageVisit) -> Cell {
        var pieces: [Piece] = [.code(line.action)]
        if let text = meaning(of: line.action, visit) { pieces.append(.text(text)) }
        if line.times > 1 {
            pieces.append(.tag(visit.text("audit.times", ["times": String(line.times)]), .warning))
        }
        let place = [line.index, line.project].compactMap(\.self).joined(separator: "/")
        let subject = [place, line.subject ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        if !subject.isEmpty { pieces.append(.small(subject)) }
        if let detail = line.detail, !detail.isEmpty { pieces.append(.small(String(detail.prefix(400)))) }
        return Cell(pieces: pieces)
    }

    /// Returns what an action that concerns accounts means; nil for the others, whose names say it.
    private static func meaning(of action: String, _ visit: PageVisit) -> String? {
        if action == Refusals.Kind.login.rawValue { return visit.text("audit.refused") }
        return switch action {
        case "token.session": visit.text("audit.session")
        case "token.create": visit.text("audit.token")
        case "token.revoke": visit.text("audit.revoke")
        case "change.refuse": visit.text("audit.refusedChange")
        case "user.password": visit.text("audit.password")
        case "user.signout": visit.text("audit.signOut")
        default: nil
        }
    }
}
