/// The pages of one's own account, as their menu names them.
enum AccountMenu {
    static func menu(_ visit: PageVisit) -> Screen.Menu {
        let pages = [
            ("account", visit.text("account.menu.account")), ("account/tokens", visit.text("account.menu.tokens")),
            ("account/sessions", visit.text("account.menu.sessions")),
            ("account/history", visit.text("account.menu.history")),
            ("account/rights", visit.text("account.menu.rights")),
        ]
        return Screen.Menu(
            menuLabel: visit.text("account.menu"),
            entries: pages.map { path, label in
                Screen.Menu.Entry(
                    entryLabel: label, entryLink: "./\(visit.home)\(path)", isHere: visit.isAt(path))
            })
    }
}

extension PageVisit {
    /// Returns whether the visitor is at a page, or below it if it is no prefix of others.
    func isAt(_ path: String) -> Bool {
        guard let here = place?.path else { return false }
        return here == "/" + path || (path.contains("/") && here.hasPrefix("/" + path + "/"))
    }
}
