import PackagingStandards
import Registry

extension ServerConfiguration {
    /// Reads the sections of the indexes and checks them against the server's and each other.
    static func readIndexes(
        _ written: WrittenSettings, _ reader: inout SettingsReader, server: ServerSettings, groups: [String: [String]],
        verifiesAttestations: Bool
    ) -> [IndexSettings] {
        var indexes: [UpstreamChain.WrittenIndex] = []
        let chain = UpstreamChain(indexNames: written.indexes.map(\.name), upstreams: written.upstreams, &reader)
        for (name, place) in written.indexes {
            let index = readIndex(name, &reader, groups: groups, chain: chain)
            checkReadersAreWritten(name, place, &reader, listen: server.listen)
            checkWebPagesMayRead(name, &reader, index.settings)
            if !verifiesAttestations { checkAsksNoAttestations(name, &reader, index.settings.attesting) }
            checkSpoolHoldsFiles(
                name, &reader, spoolSize: server.spoolSize, maxFileSize: index.settings.maxFileSize)
            if IndexName(name) != nil {
                indexes.append(index)
            } else {
                reader.fail(explain(indexName: name), at: place)
            }
        }
        chain.check(indexes, &reader)
        return indexes.map(\.settings)
    }

    private static func readIndex(
        _ name: String, _ reader: inout SettingsReader, groups: [String: [String]], chain: UpstreamChain
    ) -> UpstreamChain.WrittenIndex {
        let access = readAccess(name, &reader, groups: groups)
        var limits = ArchiveLimits()
        limits.maxRatio = Int64(reader.value(of: DeclaredKeys.maxArchiveRatio, named: name))
        limits.maxUncompressedSize = reader.value(of: DeclaredKeys.maxArchiveSize, named: name)
        let upstreams = reader.value(of: DeclaredKeys.upstreams, named: name)
        let mirrored = reader.value(of: DeclaredKeys.mirrorProjects, named: name)
        let settings = IndexSettings(
            // A wrong name has been reported, and nothing is served then.
            name: IndexName(name) ?? .main,
            purpose: reader.value(of: DeclaredKeys.description, named: name), access: access,
            allowsOverwrite: reader.value(of: DeclaredKeys.allowOverwrite, named: name),
            isOpenToWebPages: reader.value(of: DeclaredKeys.crossOrigin, named: name),
            maxFileSize: reader.value(of: DeclaredKeys.maxFileSize, named: name),
            archiveLimits: limits,
            fallback: reader.value(of: DeclaredKeys.fallback, named: name),
            upstreams: chain.references(upstreams, of: name, &reader),
            mirrored: Set(mirrored),
            privateNames: reader.value(of: DeclaredKeys.privateNames, named: name),
            policy: readPolicy(name, &reader),
            cacheQuota: reader.value(of: DeclaredKeys.cacheQuota, named: name),
            attesting: AttestingRule(
                required: reader.value(of: DeclaredKeys.requireProvenance, named: name),
                publishers: reader.value(of: DeclaredKeys.attestedBy, named: name)))
        return UpstreamChain.WrittenIndex(settings: settings, upstreams: upstreams, mirrored: mirrored)
    }

    private static func readAccess(
        _ name: String, _ reader: inout SettingsReader, groups: [String: [String]]
    ) -> AccessLists {
        let access = AccessLists(
            read: reader.value(of: DeclaredKeys.read, named: name),
            write: reader.value(of: DeclaredKeys.write, named: name),
            create: reader.value(of: DeclaredKeys.create, named: name),
            claim: reader.value(of: DeclaredKeys.claim, named: name),
            overwrite: reader.value(of: DeclaredKeys.overwrite, named: name),
            delete: reader.value(of: DeclaredKeys.delete, named: name),
            cacheUpdate: reader.value(of: DeclaredKeys.cacheUpdate, named: name))
        checkGroups(access.read, of: DeclaredKeys.read, name, &reader, groups: groups)
        checkGroups(access.write, of: DeclaredKeys.write, name, &reader, groups: groups)
        if reader.isWritten(DeclaredKeys.create, named: name) {
            checkGroups(access.create, of: DeclaredKeys.create, name, &reader, groups: groups)
        }
        checkGroups(access.claim, of: DeclaredKeys.claim, name, &reader, groups: groups)
        checkGroups(access.overwrite, of: DeclaredKeys.overwrite, name, &reader, groups: groups)
        checkGroups(access.delete, of: DeclaredKeys.delete, name, &reader, groups: groups)
        checkGroups(access.cacheUpdate, of: DeclaredKeys.cacheUpdate, name, &reader, groups: groups)
        return access
    }

    private static func readPolicy(_ name: String, _ reader: inout SettingsReader) -> IndexPolicy {
        // By a length of zero, the environment lifts what the file says.
        let minAge = reader.value(of: DeclaredKeys.minAge, named: name).map { $0.components.seconds * 1_000_000 }
        return IndexPolicy(
            minAge: minAge == 0 ? nil : minAge,
            before: reader.value(of: DeclaredKeys.before, named: name),
            allow: reader.value(of: DeclaredKeys.allow, named: name),
            deny: reader.value(of: DeclaredKeys.deny, named: name),
            wheelsOnly: reader.value(of: DeclaredKeys.wheelsOnly, named: name),
            maxSize: reader.value(of: DeclaredKeys.maxUpstreamFileSize, named: name),
            locksKept: reader.value(of: DeclaredKeys.locked, named: name) == .allow)
    }

    /// Refuses groups that are not declared: they would have no members, and are misspelt.
    private static func checkGroups(
        _ principals: [Principal], of key: some DeclaredKey, _ index: String, _ reader: inout SettingsReader,
        groups: [String: [String]]
    ) {
        for (item, principal) in principals.enumerated() {
            guard case .group(let group) = principal, groups[group] == nil else { continue }
            let meant = nearest(to: group, among: groups.keys.sorted())
            let advice = meant.map { "; did you mean group:\($0)?" } ?? ": add \(group) = [\"<user>\", …] to [groups]"
            reader.fail(
                "\(key.path(named: index).joined(separator: ".")) names the group \(quoted(group)), which [groups] does "
                    + "not have\(advice)",
                at: reader.place(ofItem: item, of: key, named: index))
        }
    }

    /// Refuses to open an index to a network by default: that must be decided.
    private static func checkReadersAreWritten(
        _ name: String, _ place: ConfigurationPlace, _ reader: inout SettingsReader, listen: ListenAddress
    ) {
        guard !listen.isLoopback, !reader.isWritten(DeclaredKeys.read, named: name) else { return }
        reader.fail(
            "index.\(name).read must be written out, since the server listens at \(listen), beyond this machine: "
                + "read = [\"everyone\"] opens the index to all who can reach it, read = [\"authenticated\"] to users",
            at: place == .defaults ? reader.place(of: DeclaredKeys.listen) : place)
    }

    /// Refuses to open an index to web pages that not everyone may read: a browser sends no credentials there.
    private static func checkWebPagesMayRead(_ name: String, _ reader: inout SettingsReader, _ index: IndexSettings) {
        guard index.isOpenToWebPages, !index.access.read.contains(.everyone) else { return }
        reader.fail(
            "index.\(name).cross_origin opens the index to the pages of every site, but index.\(name).read does not open "
                + "it to everyone: add \"everyone\" to read, or take cross_origin out",
            at: reader.place(of: DeclaredKeys.crossOrigin, named: name))
    }

    /// Refuses to ask for what nobody can prove: without a trust root, no attestation is verified.
    private static func checkAsksNoAttestations(_ name: String, _ reader: inout SettingsReader, _ rule: AttestingRule) {
        func refuse(_ key: some DeclaredKey) {
            reader.fail(
                "\(key.path(named: name).joined(separator: ".")) needs a trust root beside it, to verify attestations with: "
                    + "set trusted_root in [provenance]",
                at: reader.place(of: key, named: name))
        }
        if rule.required != .projects([]) { refuse(DeclaredKeys.requireProvenance) }
        if !rule.publishers.isEmpty { refuse(DeclaredKeys.attestedBy) }
    }

    private static func checkSpoolHoldsFiles(
        _ name: String, _ reader: inout SettingsReader, spoolSize: Int64, maxFileSize: Int64
    ) {
        guard maxFileSize > spoolSize else { return }
        let isWritten = reader.isWritten(DeclaredKeys.maxFileSize, named: name)
        reader.fail(
            "index.\(name).max_file_size (\(ByteSize.write(maxFileSize))) is more than server.spool_size "
                + "(\(ByteSize.write(spoolSize))): such a file could never be received",
            at: isWritten
                ? reader.place(of: DeclaredKeys.maxFileSize, named: name) : reader.place(of: DeclaredKeys.spoolSize))
    }

    private static func explain(indexName name: String) -> String {
        guard !IndexName.reserved.contains(name) else {
            return "no index may be called \(quoted(name)), since an address of the server begins with it"
        }
        return "the name of an index has lowercase ASCII letters, digits and -, begins with a letter or digit, and has "
            + "64 characters at most; \(quoted(name)) does not"
    }
}
