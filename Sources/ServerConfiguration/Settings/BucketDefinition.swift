/// What `[storage]` says of a bucket.
package struct BucketDefinition: Sendable {
    package let location: BucketLocation
    /// The keys; nil if they are taken from where AWS's tools look for them.
    package let keys: (access: String, secret: Secret)?
    package let storageClass: String?
    package let encryption: ObjectEncryption?
    /// The key of AWS KMS; nil for the account's own.
    package let encryptionKey: String?
    package let acl: CannedACL?
    /// A PEM file of authorities; nil for those of the system.
    package let authoritiesFile: String?
    package let proxy: ProxyAddress?
    /// How long the store may take to begin an answer, or pause within one.
    package let timeout: Duration
    package let createsBucket: Bool
    /// The address of a network in front of the bucket, without a slash at its end; nil for none.
    package let publicURL: String?
    /// With which key addresses of the network are signed (Amazon CloudFront).
    package let publicKey: (id: String, privateKey: Secret)?
}
