/// How a service is asked about user names and passwords.
package struct OutsideServiceSettings: Sendable {
    /// The address of the service, over https unless it is on this machine.
    package var url: String
    /// What is sent as `Authorization: Bearer`; nil for nothing.
    package var secret: String?
    /// A PEM file of authorities that are trusted besides those of the system; nil for none.
    package var authoritiesFile: String?
    /// How long one answer may take, from connecting to its last byte.
    package var timeout: Duration

    package init(
        url: String, secret: String? = nil, authoritiesFile: String? = nil, timeout: Duration = .seconds(5)
    ) {
        self.url = url
        self.secret = secret
        self.authoritiesFile = authoritiesFile
        self.timeout = timeout
    }
}
