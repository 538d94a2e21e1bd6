import PackagingStandards
import Registry

/// Sorts what is known of a project by how it is known: to the index, verified, or claimed by the publisher.
struct FactMaker {
    typealias Fact = ProjectModel.Fact

    let detail: ProjectDetail
    let downloads: ProjectDownloads
    let visit: PageVisit

    var known: [Fact] {
        var facts = [fact(visit.text("facts.index"), detail.index.description)]
        if let shown = detail.shown {
            facts.append(fact(visit.text("facts.publishedAt"), shown.publishedAt.map(visit.date)))
            facts.append(
                Fact(
                    label: visit.text("facts.publishedBy"),
                    values: Array(Set(shown.files.compactMap(\.uploader))).sorted()))
            facts.append(fact(visit.text("facts.size"), visit.size(shown.size)))
        }
        facts.append(fact(visit.text("facts.releases"), visit.number(Int64(detail.releases.count))))
        facts.append(fact(visit.text("facts.downloads"), visit.number(downloads.count)))
        facts.append(fact(visit.text("facts.lastDownload"), downloads.lastAt.map(visit.moment)))
        if detail.serial > 0 { facts.append(fact(visit.text("facts.serial"), "\(detail.serial)")) }
        return facts.filter { !$0.values.isEmpty }
    }

    var verified: [Fact] {
        var publishers: [String] = []
        for file in detail.shown?.files ?? [] {
            guard case .verified(_, let proven) = file.provenance else { continue }
            for publisher in proven.map({ Foreign.line($0.words) }) where !publishers.contains(publisher) {
                publishers.append(publisher)
            }
        }
        return publishers.isEmpty ? [] : [Fact(label: visit.text("facts.publisher"), values: publishers)]
    }

    var claimed: [Fact] {
        guard let metadata = detail.metadata else { return [] }
        return [
            fact(visit.text("facts.license"), metadata.licenseExpression ?? metadata.license),
            fact(visit.text("facts.author"), Self.person(metadata.author, metadata.authorEmail)),
            fact(visit.text("facts.maintainer"), Self.person(metadata.maintainer, metadata.maintainerEmail)),
            fact(visit.text("facts.python"), metadata.requiresPython),
            fact(
                visit.text("facts.keywords"),
                metadata.keywords.isEmpty ? nil : metadata.keywords.joined(separator: ", ")),
        ].filter { !$0.values.isEmpty }
    }

    var writers: [Fact] {
        guard let writers = detail.writers else { return [] }
        return [
            fact(visit.text("security.owner"), writers.owner),
            Fact(label: visit.text("security.people"), values: writers.principals),
            Fact(label: visit.text("security.publishers"), values: writers.publishers.map(Foreign.line)),
        ].filter { !$0.values.isEmpty }
    }

    private func fact(_ label: String, _ value: String?) -> Fact {
        Fact(label: label, values: value.map { [Foreign.line($0)] } ?? [])
    }

    private static func person(_ name: String?, _ email: String?) -> String? {
        guard let name, !name.isEmpty else { return email }
        guard let email, !email.isEmpty else { return name }
        return "\(name) <\(email)>"
    }
}
