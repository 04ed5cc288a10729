import HTTP
import Images

extension ServiceError {
    /// The one place where failures become HTTP: type and sentence of each.
    package var problem: Problem {
        switch self {
        case .http(let error): Self.problem(of: error)
        case .malformedJSON(let reason):
            Problem(.malformedJSON, "The JSON body is not valid: \(reason).")
        case .notAnObject(let kind): Self.notAnObject(kind: kind)
        case .formWithoutImage: Self.unwantedForm
        case .malformedMultipart(let error):
            Problem(.malformedMultipart, error.description, status: error.status)
        case .missingImage: Problem(.missingImage, "The request holds no image.")
        case .malformedBase64:
            Problem(.malformedBase64, "The image is not base64 or a data URL of it.")
        case .unknownOption(let name):
            Problem(.unknownOption, "There is no option “\(Self.shortened(name))”.")
        case .invalidOption(let name, let expected):
            Problem(.invalidOption, "The option “\(name)” takes \(expected).")
        case .conflictingOption(let name):
            Problem(
                .conflictingOption, "The option “\(name)” is given more than once, with different values.")
        case .malformedTensor(let reason): Problem(.malformedTensor, "The inference request is not valid: \(reason).")
        case .unknownModel(let name):
            Problem(.notFound, "There is no model “\(Self.shortened(name))”.")
        case .noFaces: Problem(.noFaces, "The model has no class of faces.")
        case .notFound: Problem(.notFound, "There is nothing at this path.")
        case .methodNotAllowed(let allow):
            Problem(.methodNotAllowed, "This path takes \(allow).", headers: [AnswerField.allow.rawValue: allow])
        case .methodNotImplemented:
            Problem(.methodNotImplemented, "The request's method is not known to this server.")
        case .notAcceptable(let offers):
            Problem(.notAcceptable, "The answer can be had as \(offers.joined(separator: ", ")).")
        case .bodyTooLarge(let limit):
            Problem(.bodyTooLarge, "The content is larger than \(limit) bytes.")
        case .tooManyImages(let limit):
            Problem(.tooManyImages, "A request holds at most \(limit) images.")
        case .tooManyParts(let limit):
            Problem(
                .tooManyImages,
                "A request comes to at most \(limit) images, and with tile each part of a photo is one.")
        case .image(let error): Self.problem(of: error)
        case .unsupportedContentCoding:
            Problem(
                .unsupportedContentCoding,
                "The content must be sent as it is or with Content-Encoding: gzip or deflate, once.",
                headers: [AnswerField.acceptEncoding.rawValue: ContentCoding.accepted])
        case .malformedGzip(let isTruncated):
            Problem(
                .malformedGzip,
                isTruncated
                    ? "The compressed content ends too early."
                    : "The content is not what Content-Encoding says, or is damaged.")
        case .decompressedTooLarge(let limit):
            Problem(
                .decompressedTooLarge, "The content is larger than \(limit) bytes when it is decompressed.")
        case .expandsTooMuch(let ratio):
            Problem(
                .expandsTooMuch,
                "The content is more than \(ratio) times larger when it is decompressed, which --max-expansion allows.")
        case .unauthorized(let isWrong): Self.unauthorized(isWrong: isWrong)
        case .tooManyWrongKeys(let seconds): Self.tooManyWrongKeys(seconds: seconds)
        case .rateLimited(let seconds):
            Problem(.rateLimited, "This client asks too often.", headers: Self.retry(seconds))
        case .tooManyConnections:
            Problem(
                .tooManyConnections, "There are as many connections as there may be; try again soon.",
                headers: Self.retry(1))
        case .queueFull:
            Problem(
                .queueFull, "As many images wait as may wait; try again soon.",
                headers: Self.retry(1))
        case .queueBytesFull:
            Problem(
                .queueBytesFull, "Waiting requests hold as much memory as they may; try again soon.",
                headers: Self.retry(1))
        case .loading:
            Problem(.loading, "The model is still being loaded.", headers: Self.retry(1))
        case .draining: Problem(.draining, "The service is about to end.", headers: Self.retry(1))
        case .deadlineExceeded:
            Problem(.deadlineExceeded, "The request could not be processed in time.")
        case .clientClosedRequest:
            Problem(
                .clientClosedRequest, "The client closed the connection before it was answered.")
        case .internalFailure: Problem(.internal, "The request failed inside the service.")
        }
    }

    /// When a client that was turned away may come back.
    private static func retry(_ seconds: Int) -> HeaderFields { [AnswerField.retryAfter.rawValue: String(seconds)] }

    /// Says how to authenticate and, where a key was shown, what is wrong with it (RFC 6750, section 3).
    private static func unauthorized(isWrong: Bool) -> Problem {
        Problem(
            .unauthorized,
            isWrong ? "The API key is not valid." : "An API key is needed, as a Bearer token or X-API-Key.",
            headers: [
                AnswerField.authenticate.rawValue: #"Bearer realm="multibox""#
                    + (isWrong ? #", error="invalid_token""# : "")
            ])
    }

    private static func tooManyWrongKeys(seconds: Int) -> Problem {
        Problem(
            .tooManyWrongKeys, "Too many wrong API keys came from this address: other keys are not looked at now.",
            headers: retry(seconds)
        )
    }

    /// Says what was sent, and what should have been.
    private static func notAnObject(kind: String) -> Problem {
        Problem(
            .notAnObject, "The JSON body is \(kind); an object is expected, such as {\"image\": \"<base64>\"}.")
    }

    /// Says what to send instead of what `curl -d` makes of it.
    private static let unwantedForm = Problem(
        .notAnImage,
        "The data is not a JPEG, PNG or WebP image, and its Content-Type, application/x-www-form-urlencoded (that of curl -d), "
            + "is not one that images come in: send a photo as it is (curl --data-binary @photo.jpg), as a form "
            + "(curl -F image=@photo.jpg), or as JSON with Content-Type: application/json.",
        headers: [AnswerField.accept.rawValue: acceptedTypes])

    /// What the HTTP layer refuses, by the kind of the limit or rule.
    private static func problem(of error: RequestError) -> Problem {
        let type: ProblemType
        switch error {
        case .bodyTooLarge(let limit): return ServiceError.bodyTooLarge(limit: limit).problem
        case .unanswered: return ServiceError.internalFailure.problem
        case .requestLineTooLong: type = .uriTooLong
        case .headerSectionTooLarge, .tooManyFields: type = .headerFieldsTooLarge
        case .headerTimeout, .bodyTimeout: type = .requestTimeout
        case .memoryFull: type = .memoryFull
        case .unsupportedVersion, .http2Preface: type = .httpVersionNotSupported
        case .unsupportedExpectation: type = .expectationFailed
        case .connectNotSupported: type = .methodNotImplemented
        case .unsupportedTransferCoding: type = .transferCodingNotImplemented
        case .invalidLineTerminator, .malformedRequestLine, .tooManyEmptyLines, .invalidTarget, .invalidPercentEncoding,
            .invalidFieldName, .invalidFieldValue, .obsoleteLineFolding, .missingHost, .duplicateHost, .invalidHost,
            .invalidContentLength, .duplicateContentLength, .contentLengthWithTransferEncoding,
            .transferEncodingInHTTP10, .invalidTransferEncoding, .invalidChunk, .chunkLineTooLong,
            .chunkExtensionsTooLong:
            type = .malformedRequest
        }
        return Problem(
            type, error.description, headers: type.field == .retryAfter ? retry(1) : [:])
    }

    private static func problem(of error: ImageError) -> Problem {
        switch error {
        case .notAnImage, .foreign:
            Problem(
                .notAnImage, error.description,
                headers: [AnswerField.accept.rawValue: acceptedTypes])
        case .tooManyPixels, .dimensionTooLarge, .tooMuchMemory, .tooManyScans, .tooManyScanSamples, .tooManySegments,
            .tooManyRowBytes,
            .tooManyPrefixCodes:
            Problem(.imageTooLarge, error.description)
        case .truncated, .corrupt, .unsupported, .flawed:
            Problem(.undecodableImage, error.description)
        case .encodingFailed:
            // A picture that has been decoded and cannot be written again.
            Problem(.internal, error.description)
        }
    }

    private static let acceptedTypes =
        (ImageFormat.allCases.map(\.mediaType) + ["multipart/form-data", "application/json"]).joined(separator: ", ")

    /// What a client sent, cut for repetition in a sentence.
    private static func shortened(_ text: String) -> String {
        text.unicodeScalars.count <= 64 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(64))) + "…"
    }
}
