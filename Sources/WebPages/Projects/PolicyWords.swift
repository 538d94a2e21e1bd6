import PackagingStandards
import Registry

extension PageVisit {
    /// Says why a policy holds a file back.
    func words(for reason: PolicyReason) -> String {
        switch reason {
        case .denied(let requirement): text("why.denied", ["what": requirement.description])
        case .notAllowed(let instead):
            instead.isEmpty
                ? text("why.notAllowed")
                : text("why.notAllowed.instead", ["what": instead.map(\.description).joined(separator: ", ")])
        case .notWheel: text("why.notWheel")
        case .tooLarge(let limit): text("why.tooLarge", ["size": size(limit)])
        case .tooYoung(let until?): text("why.tooYoung", ["moment": moment(until)])
        case .tooYoung(nil): text("why.tooYoung.unknown")
        case .tooLate(let before): text("why.tooLate", ["moment": moment(before)])
        }
    }

    /// Says in sentences who owns a name, where its files come from, and what is hidden.
    func words(for explanation: Explanation) -> [String] {
        [origin(of: explanation)] + explanation.privacy.map(words(for:)) + explanation.sources.map(words(for:))
            + state(of: explanation)
    }

    private func origin(of explanation: Explanation) -> String {
        let index = explanation.index.description
        return switch explanation.origin {
        case .local: text("why.local", ["index": index])
        case .reserved: text("why.reserved", ["index": index])
        case .upstream(let id): text("why.upstream", ["index": index, "upstream": id])
        case .released, nil: text("why.unknown", ["index": index])
        }
    }

    private func words(for privacy: Explanation.Privacy) -> String {
        switch privacy {
        case .reserved(let pattern, let index):
            text("why.private.pattern", ["pattern": pattern.description, "index": index.description])
        case .published(let index): text("why.private.published", ["index": index.description])
        }
    }

    private func words(for source: Explanation.Source) -> String {
        let name =
            switch source.reference {
            case .remote(let id): id
            case .index(let name): name.description
            }
        let parts = ["source": name]
        let use =
            switch source.use {
            case .owner: text("why.source.owner", parts)
            case .asked: text("why.source.asked", parts)
            case .askedUnlessPrivate: text("why.source.askedUnlessPrivate", parts)
            case .notForPrivateNames: text("why.source.notForPrivateNames", parts)
            case .ownedElsewhere: text("why.source.ownedElsewhere", parts)
            case .redirect: text("why.source.redirect", parts)
            case .behindRedirect: text("why.source.behindRedirect", parts)
            case .mayNotUpdate: text("why.source.mayNotUpdate", parts)
            }
        guard let fetchedAt = source.fetchedAt else { return use }
        return use + text("why.source.fetched", ["moment": moment(fetchedAt)])
    }

    private func state(of explanation: Explanation) -> [String] {
        var sentences: [String] = []
        if explanation.isMirrored { sentences.append(text("why.mirrored")) }
        if explanation.fallback == .none { sentences.append(text("why.nowhereElse")) }
        if explanation.isStale { sentences.append(text("why.stale")) }
        if explanation.failure != nil { sentences.append(text("why.incomplete")) }
        let hidden = explanation.releases.flatMap(\.files).count { !$0.verdict.isAllowed }
        if hidden > 0 { sentences.append(text("why.hidden", ["count": number(Int64(hidden))])) }
        if !explanation.status.allowsDownloads { sentences.append(text("why.quarantined")) }
        return sentences
    }
}
