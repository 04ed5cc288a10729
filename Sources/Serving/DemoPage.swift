import HTTP
import Platform

/// The page at the service's root: to try the model without a line of code. It asks what every client may ask, and nothing
/// of any other host.
///
/// Its answers are made once: they are the same for everybody, and cost no more than a probe's.
struct DemoPage: Sendable {
    /// The answers to a file.
    private struct Answers: Sendable {
        let plain: Response
        let compressed: Response?
    }

    /// The page of this program. Whoever comes first makes it: some milliseconds.
    static let shared = DemoPage()

    /// What the page may do, for the browser to hold it to: to use its own files and this service, to show photos that it was
    /// given, to use the camera. Not to run anything that stands in the document, or was made from text, nor to be shown in
    /// another page (Content Security Policy Level 3; Trusted Types).
    static let protection: HeaderFields = [
        "Content-Security-Policy": """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
        trusted-types 'none'
        """,
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    ]

    /// zlib's best: it is done once.
    private static let level: Int32 = 9

    private let answers: [PageFile: Answers]

    private init() {
        answers = Dictionary(uniqueKeysWithValues: PageFile.allCases.map { ($0, Self.answers($0)) })
    }

    private static func answers(_ file: PageFile) -> Answers {
        let bytes = file.bytes
        let tag = SHA256Digest(of: bytes).hexadecimal.prefix(16)
        var plain = Response(contentType: file.mediaType, headers: protection, body: bytes)
        // To be asked for each time: another version of the program may answer the next time.
        plain.headers.add("Cache-Control", "no-cache")
        plain.headers.add("ETag", "\"\(tag)\"")
        guard file.isText, let body = Gzip.compress(bytes, level: level) else {
            return Answers(plain: plain, compressed: nil)
        }
        var compressed = plain
        compressed.headers["Content-Encoding"] = "gzip"
        compressed.headers["ETag"] = "\"\(tag)-gzip\""
        compressed.body = body
        return Answers(plain: plain, compressed: compressed)
    }

    /// The answer to a request for a file: 304 where the client has it (RFC 9110, section 13.1.2).
    func response(_ file: PageFile, to head: RequestHead, acceptsGzip: Bool) -> Response {
        guard let answers = answers[file] else { preconditionFailure("\(file) is a file of the page") }
        var response = acceptsGzip ? answers.compressed ?? answers.plain : answers.plain
        if let field = head.headers["If-None-Match"], let tag = response.headers["ETag"], Self.names(tag, in: field) {
            response.status = .notModified
            response.body = []
            response.headers["Content-Type"] = nil
            response.headers["Content-Encoding"] = nil
        }
        return response
    }

    /// Whether a list of entity tags has this one, weak or not, or is `*`.
    private static func names(_ tag: String, in field: String) -> Bool {
        field.split(separator: ",").contains { element in
            var element = element.drop { $0 == " " || $0 == "\t" }
            while element.last == " " || element.last == "\t" { element.removeLast() }
            if element.hasPrefix("W/") { element = element.dropFirst(2) }
            return element == tag || element == "*"
        }
    }
}
