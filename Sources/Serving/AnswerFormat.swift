import HTTP

/// What the answer to a detection is written as.
enum AnswerFormat: Sendable, Hashable, CaseIterable {
    /// Detections as JSON.
    case json
    /// The upright photo with the boxes drawn, as JPEG.
    case jpeg
    /// The same as PNG.
    case png
    /// Detections as a table of comma-separated values.
    case csv

    /// The media type.
    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .csv: "text/csv"
        }
    }

    /// What `Content-Type` says of it: of a table, how its letters are coded and that it has a head line (RFC 4180, section 3).
    var contentType: String { self == .csv ? "text/csv; charset=utf-8; header=present" : mediaType }

    /// Whether the photo itself is part of the answer.
    var showsPhoto: Bool { self == .jpeg || self == .png }

    /// Those that can tell of several images.
    static let ofLists: [AnswerFormat] = [.json, .csv]

    /// The best format for a request: what its `format` option says, otherwise what its `Accept` field likes best, JSON
    /// before pictures and tables.
    ///
    /// - Throws: `ServiceError.notAcceptable` where there is no such option and `Accept` takes none of them.
    static func negotiate(option: FormatOption?, accept: String?) throws(ServiceError) -> AnswerFormat {
        let offers: [AnswerFormat]
        switch option {
        case .json: return .json
        case .csv: return .csv
        case .image: offers = [.jpeg, .png]
        case nil: offers = allCases
        }
        let types = offers.map(\.mediaType)
        if let best = Accept(accept).preferred(among: types), let index = types.firstIndex(of: best) {
            return offers[index]
        }
        // An explicit wish for a picture outweighs what a client library puts into `Accept` by itself.
        guard option == nil else { return .jpeg }
        throw .notAcceptable(offers: types)
    }
}

/// The values of the option `format`.
enum FormatOption: String, Sendable, CaseIterable {
    case json
    case image
    case csv
}
