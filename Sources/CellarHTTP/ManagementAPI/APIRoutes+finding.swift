import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    /// Finds projects in all indexes that the caller may read, or in one with those behind it.
    func findProjects() async throws -> Response {
        let results = try await registry.search.projects(
            try queryText("q") ?? "", in: try queryText("index").map(Self.index),
            classifiers: [try queryText("classifier")].compactMap(\.self), kind: try kind(),
            offset: Int(try integer("offset", in: 0...1_000) ?? 0),
            limit: Int(try integer("limit", in: 1...Int64(ProjectQuery.longestPage)) ?? 20), caller: caller)
        return Self.json { json in
            json.key("count")
            json.integer(Int64(results.count))
            json.key("more")
            json.boolean(results.isCut)
            json.key("projects")
            json.array { json in
                for found in results.projects {
                    json.object { json in
                        json.member("index", found.index.description)
                        json.member("kind", found.kind.rawValue)
                        json.member("origin", found.origin.description)
                        found.summary.writeMembers(into: &json)
                    }
                }
            }
            json.key("reserved")
            json.array { json in
                for reservation in results.reservations {
                    json.object { json in
                        json.member("index", reservation.index.description)
                        json.member("pattern", reservation.pattern.description)
                    }
                }
            }
        }
    }

    private func kind() throws -> ProjectKind? {
        guard let text = try queryText("kind") else { return nil }
        guard let kind = ProjectKind(rawValue: text) else {
            throw RegistryError(.invalidRequest, "The parameter kind is published, cached or reserved.")
        }
        return kind
    }

    func listDependents(of project: NormalizedName, in index: IndexName) async throws -> Response {
        let list = try await registry.dependents.dependents(
            of: project, in: index, limit: Int(try integer("limit", in: 1...500) ?? 50), caller: caller)
        return Self.json { json in
            json.key("count")
            json.integer(Int64(list.count))
            json.key("more")
            json.boolean(list.isCut)
            json.key("dependents")
            json.array { json in
                for dependent in list.dependents {
                    json.object { json in
                        json.member("index", dependent.index.description)
                        json.member("project", dependent.project.description)
                        json.member("version", dependent.version)
                        json.member("requirement", dependent.requirement)
                        json.key("optional")
                        json.boolean(dependent.isOptional)
                    }
                }
            }
        }
    }

    func listNewestReleases() async throws -> Response {
        let releases = try await registry.newestReleases.releases(
            in: try queryText("index").map(Self.index),
            limit: Int(try integer("limit", in: 1...Int64(NewestReleases.longestList)) ?? 40), caller: caller)
        return Self.json { json in
            json.key("releases")
            json.array { json in
                for release in releases {
                    json.object { json in
                        json.member("index", release.index.description)
                        json.member("project", release.project.description)
                        json.member("version", release.version)
                        json.member("summary", release.summary)
                        json.member("publisher", release.publisher)
                        json.key("published_at")
                        json.timestamp(release.publishedAt)
                    }
                }
            }
        }
    }

    func projectDownloads(of project: NormalizedName, in index: IndexName) async throws -> Response {
        let downloads = try await registry.downloadStatistics.downloads(
            of: project, in: index, days: try days(), caller: caller)
        return Self.json { json in
            json.key("downloads")
            json.integer(downloads.count)
            json.key("last_downloaded_at")
            if let last = downloads.lastAt { json.timestamp(last) } else { json.null() }
            json.key("days")
            json.array { json in
                for day in downloads.days {
                    json.object { json in
                        json.member("day", day.day.description)
                        json.key("downloads")
                        json.integer(day.count)
                    }
                }
            }
            json.key("versions")
            json.array { json in
                for version in downloads.versions {
                    json.object { json in
                        json.member("version", version.version.description)
                        json.key("downloads")
                        json.integer(version.count)
                    }
                }
            }
            json.key("files")
            json.array { json in
                for file in downloads.files {
                    json.object { json in
                        json.member("filename", file.filename)
                        json.key("downloads")
                        json.integer(file.count)
                        json.key("last_downloaded_at")
                        if let last = file.lastAt { json.timestamp(last) } else { json.null() }
                    }
                }
            }
        }
    }

    func statistics() async throws -> Response {
        let report = try await registry.serverStatistics.report(
            days: try days(), limit: Int(try integer("limit", in: 1...500) ?? 20), caller: caller)
        return Self.json { json in
            json.key("days")
            json.array { json in
                for day in report.days {
                    json.object { json in
                        json.member("day", day.day.description)
                        day.traffic.writeMembers(into: &json)
                        json.key("downloads")
                        json.integer(day.downloads)
                    }
                }
            }
            json.key("kinds")
            json.array { json in
                for kind in report.kinds {
                    json.object { json in
                        json.member("kind", kind.name)
                        kind.traffic.writeMembers(into: &json)
                    }
                }
            }
            json.key("projects")
            json.array { json in
                for project in report.projects {
                    json.object { json in
                        json.member("index", project.index.description)
                        json.member("project", project.project.description)
                        json.member("origin", project.origin.description)
                        json.key("downloads")
                        json.integer(project.count)
                    }
                }
            }
        }
    }

    private func days() throws -> Int64 {
        try integer("days", in: 1...DownloadStatistics.daysKept) ?? 30
    }
}

extension Traffic {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        for (name, number) in [
            ("requests", requests), ("failures", failures), ("hits", hits), ("bytes", bytes),
        ] {
            json.key(name)
            json.integer(number)
        }
    }
}
