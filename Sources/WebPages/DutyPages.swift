import Hummingbird
import PackagingStandards
import Registry

/// Where the pages of duties are, and the forms on them: of one's own account, of owners, and of administrators.
struct DutyPages: Sendable {
    let desk: Desk
    let accounts: AccountServices
    let facts: ServerFacts

    private var admin: AdminDesk { AdminDesk(desk: desk, facts: facts) }

    // MARK: One's own account

    /// Adds the pages of one's own account.
    func addAccount<Context>(to pages: PageRouter<Context>) {
        let (tokens, sessions, rights) = (TokenPages(desk: desk), SessionPages(desk: desk), RightsPage(desk: desk))
        pages.get("/account/tokens") { request, _, visit in
            try await tokens.page(query: request.uri.query ?? "", visit: visit)
        }
        pages.post("/account/tokens", .session) { form, _, visit in try await tokens.make(form, visit: visit) }
        pages.get("/account/tokens/:id/revoke") { _, context, visit in
            try await tokens.revocation(context.name("id"), visit: visit)
        }
        pages.post("/account/tokens/:id/revoke", .session) { _, context, visit in
            try await tokens.revoke(context.name("id"), visit: visit)
        }
        pages.get("/account/sessions") { request, _, visit in
            try await sessions.page(query: request.uri.query ?? "", visit: visit)
        }
        pages.get("/account/history") { request, _, visit in
            try await sessions.history(before: request.parameter("before"), visit: visit)
        }
        pages.get("/account/rights") { request, _, visit in
            try await rights.page(
                index: request.parameter("index"), project: request.parameter("project"), visit: visit)
        }
    }

    // MARK: Owners

    /// Adds the pages of a project's owners.
    func addProjects<Context>(to pages: PageRouter<Context>) {
        let (manage, files) = (ManagePages(desk: desk), FilePages(desk: desk))
        let root = "/:index/projects/:project/manage"
        func path(_ rest: String) -> RouterPath { RouterPath(root + rest) }
        pages.get(path("")) { request, context, visit in
            try await manage.page(context.place, query: request.uri.query ?? "", visit: visit)
        }
        pages.get(path("/find")) { request, context, visit in
            try await files.find(context.place, version: request.parameter("version") ?? "", visit: visit)
        }
        pages.get(path("/release/:version")) { request, context, visit in
            try await files.release(
                context.place, version: context.name("version"), query: request.uri.query ?? "", visit: visit)
        }
        pages.get(path("/file/:filename")) { request, context, visit in
            try await files.file(
                context.place, filename: context.name("filename"), query: request.uri.query ?? "", visit: visit)
        }
        pages.post(path("/yank"), .session) { form, context, visit in
            try await files.yank(true, context.place, form, visit: visit)
        }
        pages.post(path("/unyank"), .session) { form, context, visit in
            try await files.yank(false, context.place, form, visit: visit)
        }
        pages.get(path("/delete")) { request, context, visit in
            try await files.deletion(
                context.place, release: request.parameter("release") ?? "", file: request.parameter("file") ?? "",
                visit: visit)
        }
        pages.post(path("/delete"), .session) { form, context, visit in
            try await files.delete(context.place, form, visit: visit)
        }
        pages.post(path("/status"), .session) { form, context, visit in
            try await manage.setStatus(context.place, form, visit: visit)
        }
        addGrants(to: pages, path)
        addName(to: pages, path)
    }

    private func addGrants<Context>(to pages: PageRouter<Context>, _ path: (String) -> RouterPath) {
        let (grants, publishers) = (GrantsPart(desk: desk), PublishersPart(desk: desk))
        let exceptions = ExceptionsPart(desk: desk)
        pages.post(path("/grants"), .session) { form, context, visit in
            try await grants.add(context.place, form, visit: visit)
        }
        pages.get(path("/grants/:id/remove")) { _, context, visit in
            try await grants.removal(context.place, context.name("id"), visit: visit)
        }
        pages.post(path("/grants/:id/remove"), .session) { _, context, visit in
            try await grants.remove(context.place, context.name("id"), visit: visit)
        }
        pages.post(path("/publishers"), .session) { form, context, visit in
            try await publishers.add(context.place, form, visit: visit)
        }
        pages.get(path("/publishers/:id/remove")) { _, context, visit in
            try await publishers.removal(context.place, context.name("id"), visit: visit)
        }
        pages.post(path("/publishers/:id/remove"), .session) { _, context, visit in
            try await publishers.remove(context.place, context.name("id"), visit: visit)
        }
        pages.post(path("/exceptions"), .session) { form, context, visit in
            try await exceptions.add(context.place, form, visit: visit)
        }
        pages.get(path("/exceptions/:id/remove")) { _, context, visit in
            try await exceptions.removal(context.place, context.name("id"), visit: visit)
        }
        pages.post(path("/exceptions/:id/remove"), .session) { _, context, visit in
            try await exceptions.remove(context.place, context.name("id"), visit: visit)
        }
    }

    private func addName<Context>(to pages: PageRouter<Context>, _ path: (String) -> RouterPath) {
        let names = NamePages(desk: desk)
        pages.get(path("/claim")) { _, context, visit in
            try await names.claiming(context.place, visit: visit)
        }
        pages.post(path("/claim"), .session) { _, context, visit in
            try await names.claim(context.place, visit: visit)
        }
        pages.get(path("/give-back")) { _, context, visit in
            try await names.givingBack(context.place, visit: visit)
        }
        pages.post(path("/give-back"), .session) { _, context, visit in
            try await names.giveBack(context.place, visit: visit)
        }
    }

    // MARK: Administrators: people

    /// Adds the administrators' pages about people and rights.
    func addPeople<Context>(to pages: PageRouter<Context>) {
        let people = PeoplePages(admin: admin, accounts: accounts)
        pages.get("/admin/people") { request, _, visit in
            try await people.list(query: request.uri.query ?? "", visit: visit)
        }
        pages.post("/admin/people", .session) { form, _, visit in try await people.add(form, visit: visit) }
        pages.get("/admin/people/:name") { request, context, visit in
            try await people.person(context.name("name"), query: request.uri.query ?? "", visit: visit)
        }
        pages.post("/admin/people/:name/role", .session) { form, context, visit in
            try await people.setRole(context.name("name"), form, visit: visit)
        }
        pages.post("/admin/people/:name/reset", .session) { _, context, visit in
            try await people.reset(context.name("name"), visit: visit)
        }
        pages.get("/admin/people/:name/block") { _, context, visit in
            try await people.blocking(context.name("name"), visit: visit)
        }
        pages.post("/admin/people/:name/block", .session) { _, context, visit in
            try await people.block(context.name("name"), visit: visit)
        }
        pages.post("/admin/people/:name/unblock", .session) { _, context, visit in
            try await people.unblock(context.name("name"), visit: visit)
        }
        pages.get("/admin/people/:name/remove") { _, context, visit in
            try await people.removal(context.name("name"), visit: visit)
        }
        pages.post("/admin/people/:name/remove", .session) { form, context, visit in
            try await people.remove(context.name("name"), form, visit: visit)
        }
        addGroups(to: pages)
        addInvitations(to: pages)
        addRights(to: pages)
    }

    private func addGroups<Context>(to pages: PageRouter<Context>) {
        let groups = GroupPages(admin: admin)
        pages.get("/admin/groups") { request, _, visit in
            try await groups.list(query: request.uri.query ?? "", visit: visit)
        }
        pages.post("/admin/groups", .session) { form, _, visit in try await groups.add(form, visit: visit) }
        pages.get("/admin/groups/:name") { request, context, visit in
            try await groups.group(context.name("name"), query: request.uri.query ?? "", visit: visit)
        }
        pages.post("/admin/groups/:name/members", .session) { form, context, visit in
            try await groups.addMember(context.name("name"), form, visit: visit)
        }
        pages.get("/admin/groups/:name/members/:user/remove") { _, context, visit in
            try await groups.leaving(context.name("user"), context.name("name"), visit: visit)
        }
        pages.post("/admin/groups/:name/members/:user/remove", .session) { _, context, visit in
            try await groups.leave(context.name("user"), context.name("name"), visit: visit)
        }
        pages.get("/admin/groups/:name/remove") { _, context, visit in
            try await groups.removal(context.name("name"), visit: visit)
        }
        pages.post("/admin/groups/:name/remove", .session) { form, context, visit in
            try await groups.remove(context.name("name"), form, visit: visit)
        }
    }

    private func addInvitations<Context>(to pages: PageRouter<Context>) {
        let invitations = InvitationPages(admin: admin)
        pages.get("/admin/invitations") { request, _, visit in
            try await invitations.list(query: request.uri.query ?? "", visit: visit)
        }
        pages.post("/admin/invitations", .session) { form, _, visit in
            try await invitations.invite(form, visit: visit)
        }
        pages.get("/admin/invitations/:id/remove") { _, context, visit in
            try await invitations.removal(context.name("id"), visit: visit)
        }
        pages.post("/admin/invitations/:id/remove", .session) { _, context, visit in
            try await invitations.remove(context.name("id"), visit: visit)
        }
        pages.get("/admin/requests") { request, _, visit in
            try await invitations.requests(query: request.uri.query ?? "", visit: visit)
        }
        pages.post("/admin/requests/:id/approve", .session) { _, context, visit in
            try await invitations.approve(context.name("id"), visit: visit)
        }
        pages.get("/admin/requests/:id/reject") { _, context, visit in
            try await invitations.rejection(context.name("id"), visit: visit)
        }
        pages.post("/admin/requests/:id/reject", .session) { _, context, visit in
            try await invitations.reject(context.name("id"), visit: visit)
        }
    }

    private func addRights<Context>(to pages: PageRouter<Context>) {
        let (rights, tokens) = (RightsPages(admin: admin), TokensPages(admin: admin))
        pages.get("/admin/grants") { request, _, visit in
            let asked = RightsPages.AccessQuestion(
                user: request.parameter("user") ?? "", project: request.parameter("project") ?? "",
                index: request.parameter("index") ?? "")
            return try await rights.list(query: request.uri.query ?? "", asked: asked, visit: visit)
        }
        pages.post("/admin/grants", .session) { form, _, visit in try await rights.add(form, visit: visit) }
        pages.get("/admin/grants/:id/remove") { _, context, visit in
            try await rights.removal(context.name("id"), visit: visit)
        }
        pages.post("/admin/grants/:id/remove", .session) { _, context, visit in
            try await rights.remove(context.name("id"), visit: visit)
        }
        pages.get("/admin/tokens") { request, _, visit in
            try await tokens.list(query: request.uri.query ?? "", visit: visit)
        }
        pages.get("/admin/tokens/:id/revoke") { _, context, visit in
            try await tokens.revocation(context.name("id"), visit: visit)
        }
        pages.post("/admin/tokens/:id/revoke", .session) { _, context, visit in
            try await tokens.revoke(context.name("id"), visit: visit)
        }
        pages.post("/admin/services", .session) { form, _, visit in try await tokens.addService(form, visit: visit) }
        pages.get("/admin/services/:name/remove") { _, context, visit in
            try await tokens.serviceRemoval(context.name("name"), visit: visit)
        }
        pages.post("/admin/services/:name/remove", .session) { form, context, visit in
            try await tokens.removeService(context.name("name"), form, visit: visit)
        }
    }

    // MARK: Administrators: the server

    /// Adds the administrators' pages about the server.
    func addServer<Context>(to pages: PageRouter<Context>) {
        let overview = OverviewPage(admin: admin)
        let (indexes, names) = (IndexesPage(admin: admin), NamesPage(admin: admin))
        let (upstreams, storage) = (UpstreamsPage(admin: admin), StoragePages(admin: admin))
        let (cache, audit) = (CachePages(admin: admin), AuditPages(admin: admin))
        pages.get("/admin") { request, _, visit in
            try await overview.page(isThorough: request.parameter("check") == "all", visit: visit)
        }
        pages.get("/admin/indexes") { _, _, visit in try await indexes.page(visit: visit) }
        pages.get("/admin/names") { _, _, visit in try await names.page(visit: visit) }
        pages.get("/admin/names/find") { request, _, visit in
            try await names.find(
                project: request.parameter("project") ?? "", index: request.parameter("index") ?? "", visit: visit)
        }
        pages.get("/admin/upstreams") { request, _, visit in
            try await upstreams.page(isAsked: request.parameter("check") == "all", visit: visit)
        }
        pages.get("/admin/replicas") { _, _, visit in try await upstreams.replicas(visit: visit) }
        pages.get("/admin/storage") { request, _, visit in
            try await storage.page(query: request.uri.query ?? "", visit: visit)
        }
        pages.get("/admin/sweep") { _, _, visit in try await storage.sweeping(visit: visit) }
        pages.post("/admin/sweep", .session) { form, _, visit in try await storage.sweep(form, visit: visit) }
        pages.get("/admin/cache") { request, _, visit in
            try await cache.page(query: request.uri.query ?? "", visit: visit)
        }
        pages.get("/admin/cache/prune") { request, _, visit in
            let wish = CachePages.Wish(
                index: request.parameter("index") ?? "", project: request.parameter("project") ?? "",
                days: request.parameter("days") ?? "", size: request.parameter("size") ?? "")
            return try await cache.preview(wish, visit: visit)
        }
        pages.post("/admin/cache/prune", .session) { form, _, visit in try await cache.prune(form, visit: visit) }
        let statistics = StatisticsPage(admin: admin)
        pages.get("/admin/statistics") { request, _, visit in
            try await statistics.page(days: request.parameter("days") ?? "", visit: visit)
        }
        pages.get("/admin/audit") { request, _, visit in
            try await audit.page(request.auditFilter, visit: visit)
        }
    }
}

extension Request {
    /// The value of a parameter of the query, cut after what any page needs.
    fileprivate func parameter(_ name: String) -> String? {
        uri.queryParameters.get(name).map { String($0.prefix(500)) }
    }

    fileprivate var auditFilter: AuditPages.Filter {
        AuditPages.Filter(
            actor: parameter("actor") ?? "", action: parameter("action") ?? "", index: parameter("index") ?? "",
            project: parameter("project") ?? "", address: parameter("address") ?? "",
            since: parameter("since") ?? "", until: parameter("until") ?? "", before: parameter("before") ?? "")
    }
}

extension RequestContext {
    /// The part of the path with a name, decoded.
    fileprivate func name(_ name: String) -> String {
        let text = parameters.get(name) ?? ""
        return PercentCoding.decode(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    fileprivate var place: ManagePages.Place { ManagePages.Place(index: name("index"), project: name("project")) }
}
