import CPage

/// The files of the page at the service's root. Raw values are their paths.
enum PageFile: String, Sendable, CaseIterable {
    case document = "/"
    case style = "/page.css"
    case script = "/page.js"
    case icon = "/icon.svg"
    case sample = "/sample.jpg"

    /// The media type.
    var mediaType: String {
        switch self {
        case .document: "text/html; charset=utf-8"
        case .style: "text/css; charset=utf-8"
        case .script: "text/javascript; charset=utf-8"
        case .icon: "image/svg+xml"
        case .sample: "image/jpeg"
        }
    }

    /// Whether it is text, which gzip makes smaller.
    var isText: Bool { self != .sample }

    /// The file.
    var bytes: [UInt8] {
        let file =
            switch self {
            case .document: page_document()
            case .style: page_style()
            case .script: page_script()
            case .icon: page_icon()
            case .sample: page_sample()
            }
        return Array(UnsafeBufferPointer(start: file.bytes, count: file.size))
    }
}
