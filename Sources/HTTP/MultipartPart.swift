/// One part of a form.
public struct MultipartPart: Sendable, Equatable {
    /// The name of the form field.
    public let name: String
    /// The file name, for files; as the client sent it, so never a path to open.
    public let filename: String?
    /// The media type, where the part has one.
    public let contentType: MediaType?
    /// The part's header fields.
    public let headers: HeaderFields
    /// The content: a slice of the body, which shares its storage.
    public let body: ArraySlice<UInt8>

    /// The content as text; `nil` where it is not UTF-8.
    public var text: String? { String(validating: body, as: UTF8.self) }
}
