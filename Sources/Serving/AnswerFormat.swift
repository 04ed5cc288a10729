import HTTP

/// What the answer to a detection is written as.
enum AnswerFormat: Sendable, Hashable, CaseIterable {
    /// Detections as JSON.
    case json
    /// The upright photo with the boxes drawn, as JPEG.
    case jpeg
    /// The same as PNG.
    case png

    /// The media type.
    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        }
    }

    /// The best format for a request: what its `format` option says, otherwise what its `Accept` field likes best, JSON
    /// before pictures.
    ///
    /// - Throws: `ServiceError.notAcceptable` where there is no such option and `Accept` takes none of them.
    static func negotiate(option: FormatOption?, accept: String?) throws(ServiceError) -> AnswerFormat {
        let offers: [AnswerFormat]
        switch option {
        case .json: return .json
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
}
