extension DirectoryDefinition {
    /// Reads `[ldap]` and checks what its keys mean together; nil if there is no directory.
    static func read(_ reader: inout SettingsReader) -> DirectoryDefinition? {
        let servers = reader.value(of: DeclaredKeys.directoryURLs)
        let startTLS = reader.value(of: DeclaredKeys.directoryStartTLS)
        let allowsPlainText = reader.value(of: DeclaredKeys.directoryPlainText)
        let definition = DirectoryDefinition(
            servers: servers,
            startsTLS: { !$0.isEncrypted && startTLS ?? !($0.isLoopback || allowsPlainText) },
            authoritiesFile: authorities(&reader), service: service(&reader),
            people: people(&reader, isAsked: !servers.isEmpty),
            groups: groups(&reader), administrators: administrators(&reader),
            nameAttribute: reader.value(of: DeclaredKeys.directoryName),
            idAttribute: reader.value(of: DeclaredKeys.directoryID),
            followsReferrals: reader.value(of: DeclaredKeys.directoryReferrals) == .follow,
            connectTimeout: reader.value(of: DeclaredKeys.directoryConnectTimeout),
            timeout: reader.value(of: DeclaredKeys.directoryTimeout),
            cacheTime: reader.value(of: DeclaredKeys.directoryCacheTime),
            trustTime: reader.value(of: DeclaredKeys.directoryTrustTime),
            recheckInterval: reader.value(of: DeclaredKeys.directoryRecheck))
        guard !servers.isEmpty else {
            // Any other key may stand there, as the whole configuration is shown and can be read again.
            let telling: [any DeclaredKey] = [
                DeclaredKeys.directoryUserBase, DeclaredKeys.directoryUserFormat, DeclaredKeys.directoryBindDN,
            ]
            if let key = telling.first(where: { reader.isWritten($0) }) {
                reader.fail("\(key.displayName) needs ldap.urls beside it", at: reader.place(of: key))
            }
            return nil
        }
        for (number, server) in servers.enumerated() {
            guard !server.isEncrypted, !definition.startsTLS(server), !server.isLoopback, !allowsPlainText else {
                continue
            }
            reader.fail(
                "ldap.urls item \(number + 1) would be sent passwords without encryption: use ldaps://, or leave "
                    + "ldap.start_tls out, or set ldap.allow_plain_text = true",
                at: reader.place(ofItem: number, of: DeclaredKeys.directoryURLs, named: nil))
        }
        if definition.recheckInterval >= definition.trustTime {
            reader.fail(
                "ldap.recheck must be shorter than ldap.trust_time", at: reader.place(of: DeclaredKeys.directoryRecheck)
            )
        }
        if definition.cacheTime > definition.trustTime {
            reader.fail(
                "ldap.cache_time must not be longer than ldap.trust_time",
                at: reader.place(of: DeclaredKeys.directoryCacheTime))
        }
        return definition
    }

    private static func authorities(_ reader: inout SettingsReader) -> String? {
        let key = DeclaredKeys.directoryAuthorities
        guard let path = reader.value(of: key) else { return nil }
        if let problem = SmallFile.problem(reading: path) {
            reader.fail("\(key.displayName): \(quoted(path)) can't be read: \(problem)", at: reader.place(of: key))
        }
        return path
    }

    private static func service(_ reader: inout SettingsReader) -> (name: String, password: Secret)? {
        let key = DeclaredKeys.directoryBindPassword
        let isWritten = reader.isWritten(key) || reader.isWritten(key.fileKey)
        switch (reader.value(of: DeclaredKeys.directoryBindDN), reader.secret(key)) {
        case (let name?, let password?): return (name, password)
        case (.some, nil) where !isWritten:
            reader.fail(
                "ldap.bind_dn needs ldap.bind_password or ldap.bind_password_file beside it",
                at: reader.place(of: DeclaredKeys.directoryBindDN))
            return nil
        case (nil, .some):
            reader.fail("ldap.bind_password needs ldap.bind_dn beside it", at: reader.place(of: key))
            return nil
        default: return nil
        }
    }

    private static func people(_ reader: inout SettingsReader, isAsked: Bool) -> People {
        let base = reader.value(of: DeclaredKeys.directoryUserBase)
        let filter = reader.value(of: DeclaredKeys.directoryUserFilter)
        let format = reader.value(of: DeclaredKeys.directoryUserFormat)
        switch (base, format) {
        case (let base?, nil): return .search(base: base, filter: filter)
        case (nil, let format?):
            var idle: [any DeclaredKey] = []
            if reader.isWritten(DeclaredKeys.directoryBindDN) { idle.append(DeclaredKeys.directoryBindDN) }
            if filter != DeclaredKeys.directoryUserFilter.defaultValue { idle.append(DeclaredKeys.directoryUserFilter) }
            for key in idle {
                reader.fail(
                    "\(key.displayName) has nothing to do: with ldap.user_dn_format people sign in without any search",
                    at: reader.place(of: key))
            }
            return .format(format)
        case (.some, .some):
            reader.fail(
                "give ldap.user_search_base or ldap.user_dn_format, not both",
                at: reader.place(of: DeclaredKeys.directoryUserFormat))
        case (nil, nil)
        where isAsked && !reader.isWritten(DeclaredKeys.directoryUserBase)
            && !reader.isWritten(DeclaredKeys.directoryUserFormat):
            reader.fail(
                "ldap.urls needs ldap.user_search_base or ldap.user_dn_format beside it",
                at: reader.place(of: DeclaredKeys.directoryURLs))
        case (nil, nil): break
        }
        return .search(base: base ?? "", filter: filter)
    }

    private static func groups(_ reader: inout SettingsReader) -> Groups {
        let base = reader.value(of: DeclaredKeys.directoryGroupBase)
        let attribute = reader.value(of: DeclaredKeys.directoryGroupAttribute)
        let filter = reader.value(of: DeclaredKeys.directoryGroupFilter)
        let name = reader.value(of: DeclaredKeys.directoryGroupName)
        switch reader.value(of: DeclaredKeys.directoryGroups) {
        case .none: return .none
        case .attribute:
            if reader.isWritten(DeclaredKeys.directoryGroupBase) {
                reader.fail(
                    "ldap.group_search_base needs ldap.groups = \"search\" beside it",
                    at: reader.place(of: DeclaredKeys.directoryGroupBase))
            }
            return .attribute(attribute)
        case .search:
            guard let base else {
                reader.fail(
                    "ldap.groups = \"search\" needs ldap.group_search_base beside it",
                    at: reader.place(of: DeclaredKeys.directoryGroups))
                return .none
            }
            return .search(base: base, filter: filter, name: name)
        }
    }

    private static func administrators(_ reader: inout SettingsReader) -> Administrators {
        let group = reader.value(of: DeclaredKeys.directoryAdminGroup)
        let field = reader.value(of: DeclaredKeys.directoryAdminField)
        let value = reader.value(of: DeclaredKeys.directoryAdminValue)
        if group != nil, field != nil {
            reader.fail(
                "give ldap.admin_group or ldap.admin_field, not both",
                at: reader.place(of: DeclaredKeys.directoryAdminField))
        }
        if group != nil, reader.value(of: DeclaredKeys.directoryGroups) == .none {
            reader.fail(
                "ldap.admin_group needs the groups of people: set ldap.groups",
                at: reader.place(of: DeclaredKeys.directoryAdminGroup))
        }
        if (field == nil) != (value == nil) {
            let key = field == nil ? DeclaredKeys.directoryAdminValue : DeclaredKeys.directoryAdminField
            let other = field == nil ? DeclaredKeys.directoryAdminField : DeclaredKeys.directoryAdminValue
            reader.fail("\(key.displayName) needs \(other.displayName) beside it", at: reader.place(of: key))
        }
        if let group { return .group(group) }
        if let field, let value { return .field(field, value: value) }
        return .undecided
    }
}
