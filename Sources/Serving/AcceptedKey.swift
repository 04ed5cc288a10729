import Platform

/// A key that opened the service to a request.
package struct AcceptedKey: Sendable, Equatable {
    /// What the key is known by; the key itself is not kept.
    let digest: SHA256Digest
    /// Its name in the file of keys, where it has one.
    package let name: String?
}
