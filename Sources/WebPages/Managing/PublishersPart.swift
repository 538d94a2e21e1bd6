import Hummingbird
import PackagingStandards
import Registry

/// The trusted publishers of a project: jobs of CI systems that publish without a secret.
struct PublishersPart: Sendable {
    let desk: Desk
    private static let anchor = "publishers"

    /// Returns the part of the page of a project.
    func part(_ project: ManagedProject, _ attempt: Attempt?, _ visit: PageVisit) async throws -> Screen.Part {
        let heading = visit.text("manage.publishers")
        let records: [PublisherRecord]
        do {
            records = try await desk.registry.publishers.publishers(
                in: project.index, of: project.name, caller: visit.caller)
        } catch let error as RegistryError where error.code == .forbidden {
            return Screen.Part(heading, anchor: Self.anchor, [.why(visit.text("manage.grants.whyNot"))])
        }
        var blocks: [Block] = [
            .text(visit.text("publishers.lead")), .table(table(records, project, visit)),
        ]
        let issuers = desk.registry.publishers.issuers
        if issuers.isEmpty {
            blocks.append(.why(visit.text("publishers.noIssuer")))
            blocks.append(.command("cellar.toml", "[issuer.github]"))
        }
        for issuer in issuers { blocks += form(issuer, project, attempt, visit) }
        return Screen.Part(heading, anchor: Self.anchor, blocks)
    }

    private func table(_ records: [PublisherRecord], _ project: ManagedProject, _ visit: PageVisit) -> Table {
        Table(
            visit.text("manage.publishers"),
            [
                Table.Column(visit.text("publishers.job")), Table.Column(visit.text("publishers.issuer")),
                Table.Column(visit.text("publishers.may")), Table.Column(visit.text("rights.by")),
                Table.Column(visit.text("screen.act")),
            ],
            records.map { record in
                var job: [Piece] = Self.fields(of: record).map { .code("\($0.0)=\($0.1)") }
                if record.isPending { job.append(.tag(visit.text("publishers.pending"))) }
                let act =
                    record.isDeclared
                    ? Cell(.small(visit.text("grants.declared")))
                    : Cell(
                        .link(
                            visit.text("publishers.remove", ["number": String(record.id)]),
                            "./\(visit.home)\(project.path)/publishers/\(record.id)/remove"))
                return [
                    Cell(pieces: job),
                    .text(desk.registry.publishers.issuerName(of: record) ?? record.description.issuer),
                    .text("\(record.place.right.rawValue) \(record.place.projects?.description ?? "")"),
                    Cell(.text(record.addedBy), .small(Shown.day(record.addedAt))), act,
                ]
            }, empty: visit.text("publishers.none"))
    }

    private static func fields(of record: PublisherRecord) -> [(String, String)] {
        PublisherField.allCases.compactMap { field in record.description.fields[field].map { (field.rawValue, $0) } }
            + record.description.claims.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
    }

    // MARK: Forms

    /// Returns the form for an issuer, with the fields that jobs of its kind are described by.
    private func form(
        _ issuer: IdentityIssuer, _ project: ManagedProject, _ attempt: Attempt?, _ visit: PageVisit
    ) -> [Block] {
        let isTyped = Attempt.value(attempt, "issuer", in: Self.anchor) == issuer.name
        let typed = isTyped ? attempt : nil
        func line(_ field: PublisherField, _ label: String, _ hint: String, isRequired: Bool = true) -> Field {
            .line(
                field.rawValue, label, Attempt.value(typed, field.rawValue, in: Self.anchor), hint: hint,
                isRequired: isRequired, longest: 255, id: "\(issuer.name)-\(field.rawValue)")
        }
        var fields: [Field] = [.hidden("issuer", issuer.name)]
        switch issuer.kind {
        case .gitHub, .gitLab, .forgejo:
            let isGitLab = issuer.kind == .gitLab
            fields += [
                line(
                    .repository, visit.text("publishers.repository"),
                    isGitLab ? visit.text("publishers.repository.path") : visit.text("publishers.repository.hint")),
                line(.workflow, visit.text("publishers.workflow"), isGitLab ? ".gitlab-ci.yml" : "release.yml"),
                line(
                    .environment, visit.text("publishers.environment"), visit.text("publishers.environment.hint"),
                    isRequired: false),
            ]
        case .google: fields.append(line(.email, visit.text("publishers.email"), "ci@project.iam.gserviceaccount.com"))
        case .buildkite:
            fields += [
                line(.organization, visit.text("publishers.organization"), "acme"),
                line(.pipeline, visit.text("publishers.pipeline"), "release"),
            ]
        case .generic: break
        }
        fields.append(
            .line(
                "claims", visit.text("publishers.claims"), Attempt.value(typed, "claims", in: Self.anchor),
                hint: visit.text("publishers.claims.hint"), problem: Attempt.problem(typed, in: Self.anchor),
                isRequired: issuer.kind == .generic, longest: 2000, id: "\(issuer.name)-claims"))
        return [
            .text(visit.text("publishers.add", ["issuer": issuer.name, "kind": issuer.kind.rawValue])),
            .form(
                .changing(
                    visit, to: project.path + "/publishers", fields,
                    button: visit.text("publishers.trust", ["issuer": issuer.name]))),
            .command(
                visit.text("screen.command"),
                CommandLine.text(
                    ["cellar", "publisher", "add", issuer.name] + Self.words(of: issuer.kind)
                        + ["--project", project.name.description] + project.options())),
        ]
    }

    private static func words(of kind: IssuerKind) -> [String] {
        switch kind {
        case .gitHub, .forgejo: ["--repository", "OWNER/NAME", "--workflow", "release.yml"]
        case .gitLab: ["--repository", "GROUP/NAME", "--workflow", ".gitlab-ci.yml"]
        case .google: ["--email", "ADDRESS"]
        case .buildkite: ["--organization", "NAME", "--pipeline", "NAME"]
        case .generic: ["--claim", "NAME=VALUE"]
        }
    }

    /// Adds a publisher.
    func add(_ place: ManagePages.Place, _ form: SentForm, visit: PageVisit) async throws -> Response {
        try await ManagePages(desk: desk).change(place, Self.anchor, form, done: "publisher", visit: visit) { project in
            var fields: [PublisherField: String] = [:]
            for field in PublisherField.allCases where !form[field.rawValue].isEmpty {
                fields[field] = form[field.rawValue]
            }
            _ = try await desk.registry.publishers.add(
                PublisherOrder(
                    issuer: form["issuer"],
                    place: PublisherPlace(.write, in: project.index, .name(project.name)), fields: fields,
                    claims: try Self.claims(form["claims"], visit)),
                caller: visit.caller)
        }
    }

    private static func claims(_ text: String, _ visit: PageVisit) throws -> [String: TextPattern] {
        var claims: [String: TextPattern] = [:]
        for word in text.split(whereSeparator: \.isWhitespace) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, claims[parts[0]] == nil else {
                throw RegistryError(.invalidRequest, visit.text("publishers.claims.wrong"))
            }
            claims[parts[0]] = TextPattern(parts[1])
        }
        return claims
    }

    // MARK: Removal

    /// Returns the preview of trusting a publisher no longer.
    func removal(_ place: ManagePages.Place, _ id: String, visit: PageVisit) async throws -> Response {
        try await ManagePages(desk: desk).with(place, visit) { project in
            let (preview, _) = try await preview(of: id, project, visit)
            return desk.show(preview.screen(visit, menu: ManagePages.menu(project, visit)), to: visit)
        }
    }

    /// Trusts a publisher no longer.
    func remove(_ place: ManagePages.Place, _ id: String, visit: PageVisit) async throws -> Response {
        try await ManagePages(desk: desk).with(place, visit) { project in
            let (preview, record) = try await preview(of: id, project, visit)
            do {
                try await desk.registry.publishers.remove(record.id, caller: visit.caller)
            } catch let error as RegistryError where error.isShownInForm {
                return desk.show(
                    preview.screen(visit, menu: ManagePages.menu(project, visit), problem: visit.text(of: error)),
                    to: visit, status: error.formStatus)
            }
            return Layout.redirect(to: .at(project.path), query: "?done=unpublished#\(Self.anchor)", from: visit)
        }
    }

    private func preview(
        of id: String, _ project: ManagedProject, _ visit: PageVisit
    ) async throws -> (Confirmation, PublisherRecord) {
        let records = try await desk.registry.publishers.publishers(
            in: project.index, of: project.name, caller: visit.caller)
        guard let record = records.first(where: { String($0.id) == id }) else {
            throw RegistryError(.notFound, "The project \(project.name) has no publisher with this number.")
        }
        return (
            Confirmation(
                title: visit.text("publishers.remove.title"), lead: visit.text("publishers.remove.lead"),
                action: "\(project.path)/publishers/\(record.id)/remove",
                button: visit.text("publishers.remove.button"), back: project.path,
                parts: [
                    Screen.Part(nil, [.facts(Self.fields(of: record).map { Fact($0.0, .code($0.1)) })])
                ], command: CommandLine.text("cellar", "publisher", "remove", String(record.id))), record
        )
    }
}
