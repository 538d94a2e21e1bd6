public import PackagingStandards

extension Explanation {
    /// Writes the members of the management API's answer (`openapi.yaml`, `Explanation`).
    public func writeMembers(into json: inout JSONWriter) {
        json.member("index", index.description)
        json.member("project", project.description)
        json.member("version", version?.description)
        json.member("fallback", fallback.rawValue)
        json.key("private")
        json.array { json in
            for cause in privacy { json.object { json in cause.writeMembers(into: &json) } }
        }
        json.key("mirrored")
        json.boolean(isMirrored)
        json.member("origin", origin?.description)
        json.member("status", status.rawValue)
        json.member("status_reason", statusReason)
        json.key("sources")
        json.array { json in
            for source in sources { json.object { json in source.writeMembers(into: &json) } }
        }
        json.member("failure", failure)
        json.key("stale")
        json.boolean(isStale)
        json.key("releases")
        json.array { json in
            for release in releases { json.object { json in release.writeMembers(into: &json) } }
        }
    }
}

extension Explanation.Privacy {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        switch self {
        case .reserved(let pattern, let index):
            json.member("because", "reserved")
            json.member("index", index.description)
            json.member("pattern", pattern.description)
        case .published(let index):
            json.member("because", "published")
            json.member("index", index.description)
            json.null("pattern")
        }
    }
}

extension Explanation.Source {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        switch reference {
        case .remote(let id):
            json.member("kind", "upstream")
            json.member("name", id)
        case .index(let name):
            json.member("kind", "index")
            json.member("name", name.description)
        }
        json.member("use", use.rawValue)
        json.member("url", url)
        json.member("fetched_at", moment: fetchedAt)
        json.member("fresh_until", moment: freshUntil)
    }
}

extension Explanation.Release {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        json.member("version", version.description)
        json.key("listed")
        json.boolean(isListed)
        json.key("files")
        json.array { json in
            for file in files { json.object { json in file.writeMembers(into: &json) } }
        }
    }
}

extension Explanation.File {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        json.member("filename", filename)
        json.member("type", packageType)
        json.key("size")
        if let size { json.integer(size) } else { json.null() }
        json.member("uploaded_at", moment: uploadedAt)
        place.writeMembers(into: &json)
        json.key("yanked")
        json.boolean(yanked != .no)
        json.member("yanked_reason", yanked.reason)
        json.key("listed")
        json.boolean(isListed)
        json.key("locked")
        json.boolean(isLocked)
        json.key("held_back_by")
        json.array { json in
            for reason in verdict.reasons {
                json.object { json in
                    json.member("rule", reason.code)
                    json.member("text", reason.text)
                    json.member("until", moment: reason.until)
                }
            }
        }
        json.key("exception")
        if let exception = verdict.exception {
            json.object { json in
                json.member("reason", exception.reason)
                json.member("created_by", exception.createdBy)
                json.member("expires_at", moment: exception.expiresAt)
            }
        } else {
            json.null()
        }
        json.member("changes_at", moment: verdict.changesAt)
    }
}

extension Explanation.Place {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        switch self {
        case .published(let index):
            json.member("place", "published")
            json.member("index", index.description)
            json.null("upstream")
        case .kept(let index, let upstream):
            json.member("place", "kept")
            json.member("index", index.description)
            json.member("upstream", upstream)
        case .remote(let upstream):
            json.member("place", "upstream")
            json.null("index")
            json.member("upstream", upstream)
        }
    }
}

extension JSONWriter {
    /// Writes a member that is null.
    fileprivate mutating func null(_ name: String) {
        key(name)
        null()
    }

    /// Writes a member whose value is a moment, or null.
    fileprivate mutating func member(_ name: String, moment: Timestamp?) {
        key(name)
        if let moment { timestamp(moment) } else { null() }
    }
}
