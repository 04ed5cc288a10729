import HTTP
import Images

extension ServiceError {
    /// The one place where failures become HTTP: type, title, status and sentence of each.
    package var problem: Problem {
        switch self {
        case .http(let error): Self.problem(of: error)
        case .malformedJSON(let reason):
            Problem("malformed-json", "Malformed JSON", .badRequest, "The JSON body is not valid: \(reason).")
        case .notAnObject(let kind): Self.notAnObject(kind: kind)
        case .formWithoutImage: Self.unwantedForm
        case .malformedMultipart(let error):
            Problem("malformed-multipart", "Malformed form", error.status, error.description)
        case .missingImage: Problem("missing-image", "No image", .badRequest, "The request holds no image.")
        case .malformedBase64:
            Problem("malformed-base64", "Malformed base64", .badRequest, "The image is not base64 or a data URL of it.")
        case .unknownOption(let name):
            Problem("unknown-option", "Unknown option", .badRequest, "There is no option “\(Self.shortened(name))”.")
        case .invalidOption(let name, let expected):
            Problem("invalid-option", "Invalid option", .badRequest, "The option “\(name)” takes \(expected).")
        case .conflictingOption(let name):
            Problem(
                "conflicting-option", "Conflicting option", .badRequest,
                "The option “\(name)” is given more than once, with different values.")
        case .notFound: Problem("not-found", .notFound, "There is nothing at this path.")
        case .methodNotAllowed(let allow):
            Problem("method-not-allowed", .methodNotAllowed, "This path takes \(allow).", headers: ["Allow": allow])
        case .methodNotImplemented:
            Problem("method-not-implemented", .notImplemented, "The request's method is not known to this server.")
        case .notAcceptable(let offers):
            Problem("not-acceptable", .notAcceptable, "The answer can be had as \(offers.joined(separator: ", ")).")
        case .bodyTooLarge(let limit):
            Problem("body-too-large", .contentTooLarge, "The content is larger than \(limit) bytes.")
        case .tooManyImages(let limit):
            Problem("too-many-images", "Too many images", .contentTooLarge, "A request holds at most \(limit) images.")
        case .image(let error): Self.problem(of: error)
        case .unsupportedContentCoding:
            Problem(
                "unsupported-content-coding", .unsupportedMediaType,
                "The content must be sent as it is or with Content-Encoding: gzip, once.",
                headers: ["Accept-Encoding": ContentCoding.accepted])
        case .malformedGzip(let isTruncated):
            Problem(
                "malformed-gzip", "Malformed gzip", .badRequest,
                isTruncated ? "The gzip content ends too early." : "The content is no gzip file, or is damaged.")
        case .decompressedTooLarge(let limit):
            Problem(
                "decompressed-too-large", .contentTooLarge,
                "The content is larger than \(limit) bytes when it is decompressed.")
        case .expandsTooMuch(let ratio):
            Problem(
                "expands-too-much", .contentTooLarge,
                "The content is more than \(ratio) times larger when it is decompressed, which --max-expansion allows.")
        case .unauthorized(let isWrong): Self.unauthorized(isWrong: isWrong)
        case .tooManyWrongKeys(let seconds): Self.tooManyWrongKeys(seconds: seconds)
        case .rateLimited(let seconds):
            Problem("rate-limited", .tooManyRequests, "This client asks too often.", headers: Self.retry(seconds))
        case .tooManyConnections:
            Problem(
                "too-many-connections", .serviceUnavailable,
                "There are as many connections as there may be; try again soon.", headers: Self.retry(1))
        case .queueFull:
            Problem(
                "queue-full", .tooManyRequests, "As many images wait as may wait; try again soon.",
                headers: Self.retry(1))
        case .queueBytesFull:
            Problem(
                "queue-bytes-full", .tooManyRequests,
                "Waiting requests hold as much memory as they may; try again soon.", headers: Self.retry(1))
        case .loading:
            Problem("loading", .serviceUnavailable, "The model is still being loaded.", headers: Self.retry(1))
        case .draining: Problem("draining", .serviceUnavailable, "The service is about to end.", headers: Self.retry(1))
        case .deadlineExceeded:
            Problem("deadline-exceeded", .gatewayTimeout, "The request could not be processed in time.")
        case .clientClosedRequest:
            Problem(
                "client-closed-request", "Client Closed Request", Self.clientClosedStatus,
                "The client closed the connection before it was answered.")
        case .internalFailure: Problem("internal", .internalServerError, "The request failed inside the service.")
        }
    }

    /// The status of requests whose client has gone, for logs and metrics: nginx's 499, which is never sent.
    static let clientClosedStatus: StatusCode = {
        guard let status = StatusCode(499) else { preconditionFailure("499 is a status") }
        return status
    }()

    /// When a client that was turned away may come back.
    private static func retry(_ seconds: Int) -> HeaderFields { ["Retry-After": String(seconds)] }

    /// Says how to authenticate and, where a key was shown, what is wrong with it (RFC 6750, section 3).
    private static func unauthorized(isWrong: Bool) -> Problem {
        Problem(
            "unauthorized", .unauthorized,
            isWrong ? "The API key is not valid." : "An API key is needed, as a Bearer token or X-API-Key.",
            headers: ["WWW-Authenticate": #"Bearer realm="multibox""# + (isWrong ? #", error="invalid_token""# : "")])
    }

    private static func tooManyWrongKeys(seconds: Int) -> Problem {
        Problem(
            "too-many-wrong-keys", .tooManyRequests,
            "Too many wrong API keys came from this address: other keys are not looked at now.", headers: retry(seconds)
        )
    }

    /// Says what was sent, and what should have been.
    private static func notAnObject(kind: String) -> Problem {
        Problem(
            "not-an-object", "No JSON object", .badRequest,
            "The JSON body is \(kind); an object is expected, such as {\"image\": \"<base64>\"}.")
    }

    /// Says what to send instead of what `curl -d` makes of it.
    private static let unwantedForm = Problem(
        "not-an-image", .unsupportedMediaType,
        "The data is not a JPEG, PNG or WebP image, and its Content-Type, application/x-www-form-urlencoded (that of curl -d), "
            + "is not one that images come in: send a photo as it is (curl --data-binary @photo.jpg), as a form "
            + "(curl -F image=@photo.jpg), or as JSON with Content-Type: application/json.",
        headers: ["Accept": acceptedTypes])

    /// What the HTTP layer refuses, by the kind of the limit or rule.
    private static func problem(of error: RequestError) -> Problem {
        let name: String
        switch error {
        case .bodyTooLarge(let limit): return ServiceError.bodyTooLarge(limit: limit).problem
        case .unanswered: return ServiceError.internalFailure.problem
        case .requestLineTooLong: name = "uri-too-long"
        case .headerSectionTooLarge, .tooManyFields: name = "header-fields-too-large"
        case .headerTimeout, .bodyTimeout: name = "request-timeout"
        case .memoryFull: name = "memory-full"
        case .unsupportedVersion, .http2Preface: name = "http-version-not-supported"
        case .unsupportedExpectation: name = "expectation-failed"
        case .connectNotSupported: name = "method-not-implemented"
        case .unsupportedTransferCoding: name = "transfer-coding-not-implemented"
        case .invalidLineTerminator, .malformedRequestLine, .tooManyEmptyLines, .invalidTarget, .invalidPercentEncoding,
            .invalidFieldName, .invalidFieldValue, .obsoleteLineFolding, .missingHost, .duplicateHost, .invalidHost,
            .invalidContentLength, .duplicateContentLength, .contentLengthWithTransferEncoding,
            .transferEncodingInHTTP10, .invalidTransferEncoding, .invalidChunk, .chunkLineTooLong,
            .chunkExtensionsTooLong:
            name = "malformed-request"
        }
        return Problem(
            name, error.status.reason, error.status, error.description,
            headers: error.status == .serviceUnavailable ? retry(1) : [:])
    }

    private static func problem(of error: ImageError) -> Problem {
        switch error {
        case .notAnImage, .foreign:
            Problem(
                "not-an-image", "Unsupported Media Type", .unsupportedMediaType, error.description,
                headers: ["Accept": acceptedTypes])
        case .tooManyPixels, .dimensionTooLarge, .tooMuchMemory, .tooManyScans, .tooManyScanSamples, .tooManySegments,
            .tooManyRowBytes,
            .tooManyPrefixCodes:
            Problem("image-too-large", "Image too large", .contentTooLarge, error.description)
        case .truncated, .corrupt, .unsupported, .flawed:
            Problem("undecodable-image", "Undecodable image", .unprocessableContent, error.description)
        case .encodingFailed:
            // A picture that has been decoded and cannot be written again.
            Problem("internal", "Internal Server Error", .internalServerError, error.description)
        }
    }

    private static let acceptedTypes =
        (ImageFormat.allCases.map(\.mediaType) + ["multipart/form-data", "application/json"]).joined(separator: ", ")

    /// What a client sent, cut for repetition in a sentence.
    private static func shortened(_ text: String) -> String {
        text.unicodeScalars.count <= 64 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(64))) + "…"
    }
}
