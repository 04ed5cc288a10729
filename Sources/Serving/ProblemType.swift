import HTTP

/// The types of problems: what a program can rely on, and what all problems of a type have in common.
enum ProblemType: String, Sendable, CaseIterable {
    case malformedRequest = "malformed-request"
    case malformedJSON = "malformed-json"
    case notAnObject = "not-an-object"
    case malformedMultipart = "malformed-multipart"
    case malformedBase64 = "malformed-base64"
    case malformedGzip = "malformed-gzip"
    case missingImage = "missing-image"
    case unknownOption = "unknown-option"
    case invalidOption = "invalid-option"
    case conflictingOption = "conflicting-option"
    case malformedTensor = "malformed-tensor"
    case unauthorized
    case noFaces = "no-faces"
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case notAcceptable = "not-acceptable"
    case requestTimeout = "request-timeout"
    case bodyTooLarge = "body-too-large"
    case decompressedTooLarge = "decompressed-too-large"
    case expandsTooMuch = "expands-too-much"
    case tooManyImages = "too-many-images"
    case imageTooLarge = "image-too-large"
    case uriTooLong = "uri-too-long"
    case notAnImage = "not-an-image"
    case unsupportedContentCoding = "unsupported-content-coding"
    case expectationFailed = "expectation-failed"
    case undecodableImage = "undecodable-image"
    case queueFull = "queue-full"
    case queueBytesFull = "queue-bytes-full"
    case rateLimited = "rate-limited"
    case tooManyWrongKeys = "too-many-wrong-keys"
    case headerFieldsTooLarge = "header-fields-too-large"
    case clientClosedRequest = "client-closed-request"
    case `internal`
    case methodNotImplemented = "method-not-implemented"
    case transferCodingNotImplemented = "transfer-coding-not-implemented"
    case loading
    case draining
    case memoryFull = "memory-full"
    case tooManyConnections = "too-many-connections"
    case deadlineExceeded = "deadline-exceeded"
    case httpVersionNotSupported = "http-version-not-supported"

    /// The whole of it, as the member `type` of a problem.
    var urn: String { "urn:multibox:problem:" + rawValue }

    /// The statuses that such a problem can have; the first is the usual one.
    var statuses: [StatusCode] {
        switch self {
        case .malformedRequest, .malformedJSON, .notAnObject, .malformedBase64, .malformedGzip, .missingImage,
            .unknownOption, .invalidOption, .conflictingOption, .malformedTensor:
            [.badRequest]
        case .noFaces: [.forbidden]
        case .malformedMultipart: [.badRequest, .contentTooLarge]
        case .unauthorized: [.unauthorized]
        case .notFound: [.notFound]
        case .methodNotAllowed: [.methodNotAllowed]
        case .notAcceptable: [.notAcceptable]
        case .requestTimeout: [.requestTimeout]
        case .bodyTooLarge, .decompressedTooLarge, .expandsTooMuch, .tooManyImages, .imageTooLarge: [.contentTooLarge]
        case .uriTooLong: [.uriTooLong]
        case .notAnImage, .unsupportedContentCoding: [.unsupportedMediaType]
        case .expectationFailed: [.expectationFailed]
        case .undecodableImage: [.unprocessableContent]
        case .queueFull, .queueBytesFull, .rateLimited, .tooManyWrongKeys: [.tooManyRequests]
        case .headerFieldsTooLarge: [.requestHeaderFieldsTooLarge]
        case .clientClosedRequest: [Self.clientClosed]
        case .internal: [.internalServerError]
        case .methodNotImplemented, .transferCodingNotImplemented: [.notImplemented]
        case .loading, .draining, .memoryFull, .tooManyConnections: [.serviceUnavailable]
        case .deadlineExceeded: [.gatewayTimeout]
        case .httpVersionNotSupported: [.httpVersionNotSupported]
        }
    }

    /// The status of requests whose client has gone, for logs and metrics: nginx's 499, which is never sent.
    static let clientClosed: StatusCode = {
        guard let status = StatusCode(499) else { preconditionFailure("499 is a status") }
        return status
    }()

    /// Its member `title`: of most, what their status is called.
    var title: String {
        switch self {
        case .malformedJSON: "Malformed JSON"
        case .notAnObject: "No JSON object"
        case .malformedMultipart: "Malformed form"
        case .malformedBase64: "Malformed base64"
        case .malformedGzip: "Malformed gzip"
        case .missingImage: "No image"
        case .unknownOption: "Unknown option"
        case .invalidOption: "Invalid option"
        case .conflictingOption: "Conflicting option"
        case .malformedTensor: "Malformed tensor"
        case .noFaces: "No faces"
        case .tooManyImages: "Too many images"
        case .imageTooLarge: "Image too large"
        case .undecodableImage: "Undecodable image"
        case .clientClosedRequest: "Client Closed Request"
        case .malformedRequest, .unauthorized, .notFound, .methodNotAllowed, .notAcceptable, .requestTimeout,
            .bodyTooLarge, .decompressedTooLarge, .expandsTooMuch, .uriTooLong, .notAnImage, .unsupportedContentCoding,
            .expectationFailed, .queueFull, .queueBytesFull, .rateLimited, .tooManyWrongKeys, .headerFieldsTooLarge,
            .internal, .methodNotImplemented, .transferCodingNotImplemented, .loading, .draining, .memoryFull,
            .tooManyConnections, .deadlineExceeded, .httpVersionNotSupported:
            statuses[0].reason
        }
    }

    /// What is the matter, for who reads the description of the service.
    var meaning: String {
        switch self {
        case .malformedRequest: "The request's head or framing is not HTTP as RFC 9112 has it."
        case .malformedJSON: "The body is not valid JSON, or not of the members that are described."
        case .notAnObject: "The body is JSON, but no object."
        case .malformedMultipart: "The form is malformed; with 413, it has too many parts or too large heads of parts."
        case .malformedBase64: "An image in JSON is neither base64 nor a data URL of it."
        case .malformedGzip: "The content is said to be gzip or deflate and is not, or ends too early."
        case .missingImage: "There is no image in the body, or an empty one."
        case .unknownOption: "There is no such option; the detail names it."
        case .invalidOption: "An option has a value that it does not take; the detail says what it takes."
        case .conflictingOption: "An option is given more than once, with different values."
        case .malformedTensor:
            "A tensor of an inference request has another name, shape, datatype or length than is taken."
        case .noFaces: "Faces are asked for, and no class of the model is one."
        case .unauthorized: "An API key is needed, or the one that was shown is wrong."
        case .notFound: "There is nothing at this path, or no model of the name in it."
        case .methodNotAllowed: "The path takes other methods, which Allow names."
        case .notAcceptable: "Accept names none of the media types that the answer can be had as."
        case .requestTimeout: "The request came too slowly."
        case .bodyTooLarge: "The content is larger than the service takes."
        case .decompressedTooLarge: "The content is larger than the service takes when it is decompressed."
        case .expandsTooMuch: "The content becomes more times larger than the service takes when it is decompressed."
        case .tooManyImages: "There are more images in the request than the service takes."
        case .imageTooLarge: "An image has more pixels or scans, or needs more memory or work, than the service takes."
        case .uriTooLong: "The request line is too long."
        case .notAnImage: "The data is no JPEG, PNG or WebP image."
        case .unsupportedContentCoding: "The content is encoded in another way than gzip or deflate."
        case .expectationFailed: "Expect asks for something else than 100-continue."
        case .undecodableImage: "The data is an image that cannot be decoded: truncated, damaged or of a rare kind."
        case .queueFull: "As many images wait as may wait."
        case .queueBytesFull: "Requests that wait hold as much memory as they may."
        case .rateLimited: "The client asks more often than it may."
        case .tooManyWrongKeys: "The address has shown too many wrong API keys."
        case .headerFieldsTooLarge: "The header fields are too many or too large."
        case .clientClosedRequest: "The client closed the connection before it was answered: in logs and metrics only."
        case .internal: "The request failed inside the service."
        case .methodNotImplemented: "The method is none that HTTP has, or CONNECT."
        case .transferCodingNotImplemented: "The content is transferred in another coding than chunked."
        case .loading: "The model is still being loaded."
        case .draining: "The service is about to end."
        case .memoryFull: "Unfinished requests and unread answers of all connections hold as much memory as they may."
        case .tooManyConnections: "There are as many connections as there may be."
        case .deadlineExceeded: "The request could not be processed in time."
        case .httpVersionNotSupported: "The request is of another major version than HTTP/1."
        }
    }

    /// The field that comes with such a problem and says what can be done.
    var field: AnswerField? {
        switch self {
        case .methodNotAllowed: .allow
        case .unauthorized: .authenticate
        case .notAnImage: .accept
        case .unsupportedContentCoding: .acceptEncoding
        case .queueFull, .queueBytesFull, .rateLimited, .tooManyWrongKeys, .loading, .draining, .memoryFull,
            .tooManyConnections:
            .retryAfter
        case .malformedRequest, .malformedJSON, .notAnObject, .malformedMultipart, .malformedBase64, .malformedGzip,
            .missingImage, .unknownOption, .invalidOption, .conflictingOption, .malformedTensor, .noFaces, .notFound,
            .notAcceptable,
            .requestTimeout, .bodyTooLarge, .decompressedTooLarge, .expandsTooMuch, .tooManyImages, .imageTooLarge,
            .uriTooLong, .expectationFailed, .undecodableImage, .headerFieldsTooLarge, .clientClosedRequest, .internal,
            .methodNotImplemented, .transferCodingNotImplemented, .deadlineExceeded, .httpVersionNotSupported:
            nil
        }
    }

    /// What any request may be told, whatever it asks for.
    static let ofAnyRequest: [ProblemType] = [
        .malformedRequest, .requestTimeout, .bodyTooLarge, .uriTooLong, .expectationFailed, .headerFieldsTooLarge,
        .internal, .transferCodingNotImplemented, .memoryFull, .httpVersionNotSupported,
    ]
    /// What a request may be told where a key is asked for.
    static let ofAccess: [ProblemType] = [.unauthorized, .tooManyWrongKeys, .rateLimited]
    /// What requests are told that no route takes.
    static let ofNoRoute: [ProblemType] = [.notFound, .methodNotAllowed, .methodNotImplemented]
}
