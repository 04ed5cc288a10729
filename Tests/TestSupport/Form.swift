/// A `multipart/form-data` body, made by hand.
package struct Form {
    private static let boundary = "----b0x"
    private var bytes: [UInt8] = []

    package static let contentType = "multipart/form-data; boundary=\(boundary)"

    package init() {}

    package func with(_ name: String, _ value: String) -> Form { part("name=\"\(name)\"", Array(value.utf8)) }

    package func with(file name: String, _ content: [UInt8]) -> Form {
        part("name=\"\(name)\"; filename=\"photo.jpg\"", content)
    }

    private func part(_ disposition: String, _ content: [UInt8]) -> Form {
        var form = self
        form.bytes += Array("--\(Self.boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n\r\n".utf8)
        form.bytes += content + Array("\r\n".utf8)
        return form
    }

    package var body: [UInt8] { bytes + Array("--\(Self.boundary)--\r\n".utf8) }
}
