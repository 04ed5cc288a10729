/// Why an archive, or a member of it, cannot be had.
public enum ZipError: Error, Sendable, Hashable {
    /// What is no archive, or breaks the format's rules at this byte.
    case malformed(reason: String, offset: Int)
    /// No member has this name.
    case absent(name: String)
    /// The member is larger than the limit, or says so.
    case tooLarge(name: String, limit: Int)
    /// The members come to more bytes than the limit.
    case tooMany(bytes: Int, limit: Int)
    /// The member is encrypted, or packed by another method than deflate.
    case unsupported(name: String)
    /// The bytes are not those that were packed.
    case damaged(name: String)
}

extension ZipError: CustomStringConvertible {
    /// What is wrong with the archive, in a sentence.
    public var description: String {
        switch self {
        case .malformed(let reason, let offset): "it is no zip archive, or a damaged one: \(reason) (byte \(offset))"
        case .absent(let name): "it has no file \(name)"
        case .tooLarge(let name, let limit): "its file \(name) has more bytes than the limit of \(limit)"
        case .tooMany(let bytes, let limit): "its files come to \(bytes) bytes, more than the limit of \(limit)"
        case .unsupported(let name): "its file \(name) is encrypted, or compressed otherwise than by deflate"
        case .damaged(let name): "its file \(name) is damaged"
        }
    }
}
