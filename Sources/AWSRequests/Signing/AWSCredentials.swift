package import PackagingStandards

/// What a request is signed with.
package struct AWSCredentials: Sendable, Hashable {
    package let accessKey: String
    package let secretKey: String
    /// What is sent beside a signature with temporary keys; nil for lasting ones.
    package let sessionToken: String?
    /// When the keys end; nil for lasting ones.
    package let expiration: Timestamp?

    package init(accessKey: String, secretKey: String, sessionToken: String? = nil, expiration: Timestamp? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

/// Printed or dumped, credentials show nothing but whose they are.
extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "AWSCredentials(\(accessKey))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
