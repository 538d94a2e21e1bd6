extension DeclaredKeys {
    static let directoryURLs = ConfigurationKey(
        "ldap.urls", ValueType<DirectoryAddress>.directoryAddress.list(named: "list of URLs"), default: [],
        example: "[\"ldaps://ldap.example.com\"]",
        help:
            "The servers of the directory, `ldaps://` or `ldap://`; the first that answers is asked. Without any, no "
            + "directory is.")
    static let directoryStartTLS = ConfigurationKey(
        "ldap.start_tls", ValueType<Bool>.boolean.optional, default: nil,
        defaultNote: "yes, except on loopback addresses and with `allow_plain_text`", example: "true",
        help: "Whether connections to `ldap://` addresses are encrypted by StartTLS before anything else is sent.")
    static let directoryPlainText = ConfigurationKey(
        "ldap.allow_plain_text", .boolean, default: false,
        help: "Whether passwords may be sent to `ldap://` addresses without encryption, to other machines, too.")
    static let directoryAuthorities = ConfigurationKey(
        "ldap.ca_file", ValueType<String>.path.optional, default: nil, defaultNote: "the system's authorities",
        example: "\"ca.pem\"",
        help: "A PEM file of the certificate authorities that are trusted for the directory, in place of the system's. "
            + "A relative path begins at the working directory.")
    static let directoryBindDN = ConfigurationKey(
        "ldap.bind_dn", ValueType<String>.distinguishedName.optional, default: nil,
        defaultNote: "nobody in particular", example: "\"cn=reader,ou=services,dc=example,dc=org\"",
        help: "The service user who searches for people and groups. Needs `bind_password` or `bind_password_file`.")
    static let directoryBindPassword = ConfigurationKey(
        "ldap.bind_password", ValueType<Secret>.secret.optional, default: nil, defaultNote: "none", isSecret: true,
        help: "The password of `bind_dn`. It is better kept in a file: see `bind_password_file`.")
    static let directoryUserBase = ConfigurationKey(
        "ldap.user_search_base", ValueType<String>.distinguishedName.optional, default: nil,
        defaultNote: "none: this key or `user_dn_format` must be set", example: "\"ou=people,dc=example,dc=org\"",
        help: "Below which entry people are searched for.")
    static let directoryUserFilter = ConfigurationKey(
        "ldap.user_filter", .personFilter, default: "(uid={username})",
        help: "The filter that finds the one person of a user name, which stands for `{username}`. Whom it does not "
            + "find cannot sign in, and their tokens end.")
    static let directoryUserFormat = ConfigurationKey(
        "ldap.user_dn_format", ValueType<String>.nameFormat.optional, default: nil,
        defaultNote: "people are searched for", example: "\"uid={username},ou=people,dc=example,dc=org\"",
        help: "The distinguished name of the person of a user name, without any search. Their tokens do not end if "
            + "they leave, since nobody may ask for them then.")
    static let directoryName = ConfigurationKey(
        "ldap.name_attribute", .attribute, default: "uid",
        help: "The attribute that holds the user name; `sAMAccountName` in Active Directory.")
    static let directoryID = ConfigurationKey(
        "ldap.id_attribute", .attribute, default: "entryUUID",
        help: "The attribute by which people are known again, whatever they are called: it never changes, and is never "
            + "given to anybody else. `objectGUID` in Active Directory.")
    static let directoryGroups = ConfigurationKey(
        "ldap.groups", ValueType<DirectoryGroupSource>.choice, default: .attribute,
        help: "Where the groups of a person are: in an `attribute` of their entry, to be found by a `search`, or "
            + "nowhere (`none`).")
    static let directoryGroupAttribute = ConfigurationKey(
        "ldap.group_attribute", .attribute, default: "memberOf",
        help: "The attribute of a person's entry that holds the distinguished names of their groups.")
    static let directoryGroupBase = ConfigurationKey(
        "ldap.group_search_base", ValueType<String>.distinguishedName.optional, default: nil, defaultNote: "none",
        example: "\"ou=groups,dc=example,dc=org\"", help: "Below which entry groups are searched for.")
    static let directoryGroupFilter = ConfigurationKey(
        "ldap.group_filter", .groupFilter, default: "(member={dn})",
        help: "The filter that finds the groups of a person, whose distinguished name stands for `{dn}`, and whose "
            + "name for `{username}`.")
    static let directoryGroupName = ConfigurationKey(
        "ldap.group_name_attribute", .attribute, default: "cn",
        help: "The attribute that holds the name of a group that was found by a search.")
    static let directoryAdminGroup = ConfigurationKey(
        "ldap.admin_group", ValueType<String>.anyText.optional, default: nil, defaultNote: "none",
        example: "\"cn=admins,ou=groups,dc=example,dc=org\"",
        help: "The group whose members are administrators, by its distinguished name, or its name alone.")
    static let directoryAdminField = ConfigurationKey(
        "ldap.admin_field", ValueType<String>.attribute.optional, default: nil, defaultNote: "none",
        example: "\"employeeType\"",
        help: "The attribute of a person's entry that makes them an administrator if it has `admin_value`.")
    static let directoryAdminValue = ConfigurationKey(
        "ldap.admin_value", ValueType<String>.anyText.optional, default: nil, defaultNote: "none",
        example: "\"admin\"", help: "The value of `admin_field` that makes an administrator.")
    static let directoryReferrals = ConfigurationKey(
        "ldap.referrals", ValueType<DirectoryReferrals>.choice, default: .ignore,
        help: "Whether searches go on where the directory refers to (`follow`). Only servers in `urls` are asked: the "
            + "password of `bind_dn` is sent to no other.")
    static let directoryConnectTimeout = ConfigurationKey(
        "ldap.connect_timeout", .duration(.seconds(1) ... .seconds(60)), default: .seconds(5),
        help: "How long it may take to connect to a server of the directory.")
    static let directoryTimeout = ConfigurationKey(
        "ldap.timeout", .duration(.seconds(1) ... .seconds(120)), default: .seconds(10),
        help: "How long one answer of the directory may take.")
    static let directoryCacheTime = ConfigurationKey(
        "ldap.cache_time", .duration(.seconds(1) ... .seconds(3600)), default: .seconds(60),
        help: "How long a password that was right is remembered: a new one of the directory counts at once, the old "
            + "one no longer after this time.")
    static let directoryTrustTime = ConfigurationKey(
        "ldap.trust_time", .duration(.seconds(60) ... .seconds(30 * 86_400)), default: .seconds(86_400),
        help: "How long it counts what the directory said of somebody's groups and role. If it does not answer for "
            + "longer, the tokens of its people end, too.")
    static let directoryRecheck = ConfigurationKey(
        "ldap.recheck", .duration(.seconds(1) ... .seconds(86_400)), default: .seconds(300),
        help: "How often the directory is asked about people who have tokens: who is gone cannot use them any more.")

    static let directory: [any DeclaredKey] = [
        directoryURLs, directoryStartTLS, directoryPlainText, directoryAuthorities, directoryBindDN,
        directoryBindPassword, directoryBindPassword.fileKey, directoryUserBase, directoryUserFilter,
        directoryUserFormat, directoryName, directoryID, directoryGroups, directoryGroupAttribute, directoryGroupBase,
        directoryGroupFilter, directoryGroupName, directoryAdminGroup, directoryAdminField, directoryAdminValue,
        directoryReferrals, directoryConnectTimeout, directoryTimeout, directoryCacheTime, directoryTrustTime,
        directoryRecheck,
    ]
}
