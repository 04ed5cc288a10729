/// A file that is not XML of the kind that annotations are written in.
public enum XMLReaderError: Error, Sendable, Hashable {
    /// The file has more bytes than the limit.
    case tooLarge(bytes: Int, limit: Int)
    /// The text is not UTF-8.
    case notUTF8
    /// The file breaks XML's grammar at a byte, counted from 0.
    case malformed(offset: Int, reason: String)
    /// Elements nest deeper than the limit.
    case tooDeep(limit: Int)
    /// There are more elements than the limit.
    case tooManyElements(limit: Int)
    /// The file declares a document type, by which it could define entities: refused.
    case documentType
}

extension XMLReaderError: CustomStringConvertible {
    /// A clause for a person, to follow the file's name.
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "the file has \(bytes) bytes, more than the limit of \(limit)"
        case .notUTF8: "the file is not UTF-8 text"
        case .malformed(let offset, let reason): "the XML is malformed at byte \(offset): \(reason)"
        case .tooDeep(let limit): "elements nest deeper than \(limit)"
        case .tooManyElements(let limit): "there are more than \(limit) elements"
        case .documentType: "a document type declaration is not allowed"
        }
    }
}
