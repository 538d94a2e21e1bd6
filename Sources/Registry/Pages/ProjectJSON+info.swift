import PackagingStandards

extension ProjectJSON {
    /// Writes all of the core metadata, under the JSON API's names; an absent text is null or empty as on PyPI.
    func writeInfo(into json: inout JSONWriter) {
        json.object { json in
            json.member("author", metadata?.author)
            json.member("author_email", metadata?.authorEmail)
            json.key("bugtrack_url")
            json.null()
            json.member("classifiers", metadata?.classifiers ?? [])
            json.member("description", metadata?.description ?? "")
            json.member("description_content_type", metadata?.descriptionContentType)
            json.member("docs_url", String?.none)
            json.member("download_url", metadata?.downloadURL)
            json.key("downloads")
            json.object { json in
                for period in ["last_day", "last_month", "last_week"] {
                    json.key(period)
                    json.integer(-1)
                }
            }
            json.member("dynamic", metadata?.dynamic.nonEmpty)
            json.member("home_page", metadata?.homePage)
            json.member("import_names", metadata?.importNames)
            json.member("import_namespaces", metadata?.importNamespaces.nonEmpty)
            json.member("keywords", metadata.map { $0.keywords.joined(separator: ",") })
            json.member("license", metadata?.license)
            json.member("license_expression", metadata?.licenseExpression)
            json.member("license_files", metadata?.licenseFiles.nonEmpty)
            json.member("maintainer", metadata?.maintainer)
            json.member("maintainer_email", metadata?.maintainerEmail)
            json.member("metadata_version", metadata?.metadataVersion)
            json.member("name", metadata?.name ?? offer.displayName)
            json.member("obsoletes", metadata?.obsoletes.nonEmpty)
            json.member("obsoletes_dist", metadata?.obsoletesDist.nonEmpty)
            json.member("platform", metadata?.platforms.first)
            json.member("platforms", metadata?.platforms.nonEmpty)
            json.key("project_urls")
            writeProjectURLs(into: &json)
            json.member("provides", metadata?.provides.nonEmpty)
            json.member("provides_dist", metadata?.providesDist.nonEmpty)
            json.member("provides_extra", metadata?.providesExtra.nonEmpty)
            json.member("requires", metadata?.requires.nonEmpty)
            json.member("requires_dist", metadata?.requiresDist.nonEmpty)
            json.member("requires_external", metadata?.requiresExternal.nonEmpty)
            json.member("requires_python", metadata?.requiresPython ?? described.simple.requiresPython)
            json.member("summary", metadata?.summary)
            json.member("supported_platforms", metadata?.supportedPlatforms.nonEmpty)
            json.member("version", described.versionText)
            json.key("yanked")
            json.boolean(described.simple.yanked != .no)
            json.member("yanked_reason", described.simple.yanked.reason)
            json.key("project_status")
            json.object { json in
                json.member("status", offer.status.rawValue)
                json.member("reason", offer.statusReason)
            }
        }
    }

    private func writeProjectURLs(into json: inout JSONWriter) {
        guard let urls = metadata?.projectURLs, !urls.isEmpty else { return json.null() }
        json.object { json in
            var written: Set<String> = []
            for url in urls where written.insert(url.label).inserted { json.member(url.label, url.url) }
        }
    }
}

extension Array {
    fileprivate var nonEmpty: [Element]? { isEmpty ? nil : self }
}
