import HTTP
import Images
import Metrics
import MultiBox

/// What a route is for, for who reads the description of the service: beside ``ServiceRoute``, which says what it does.
extension ServiceRoute {
    /// What a path is for, in a few words.
    func summary(at path: String) -> String {
        switch self {
        case .detect: "Find objects in photos"
        case .live: "Whether the process lives"
        case .ready: "Whether it can detect"
        case .health: "Both, with details"
        case .metrics: "Metrics"
        case .model: "The model in service"
        case .page: PageFile(rawValue: path) == .document ? "A page to try the model with" : "A file of the page"
        case .openAPI: "This description, for programs"
        case .documentation: "This description, for people"
        }
    }

    /// The same in sentences.
    func text(at path: String, _ options: ServiceOptions) -> String {
        switch self {
        case .detect:
            "The body is a photo (JPEG, PNG, WebP), a form with photos, or JSON with photos in base64. Which of them is told "
                + "by its first bytes, then by `Content-Type`: a photo may be sent under any media type. Options stand in "
                + "the query, in fields of the form or in members of the JSON, in several places if they agree. Content of "
                + "at most \(options.maximumBodyBytes) bytes, at most \(options.maximumImagesPerRequest) photos, each of at "
                + "most \(options.imageLimits.maximumPixels) pixels; it may be gzip, and then become at most "
                + "\(options.maximumDecompressedBytes) bytes. Of one photo, its problem is the answer; of several, each has "
                + "its own."
        case .live:
            "200 while the process can serve. It does not depend on load or on the model: restart what does not say it."
        case .ready: "200 once a model is warm, 503 before and from SIGTERM on: send requests to what says 200."
        case .health: "The status is that of `/readyz`; the content says why."
        case .metrics: "Prometheus text; OpenMetrics where `Accept` names it."
        case .model: "Its name, version, classes, input, defaults and origin."
        case .page:
            PageFile(rawValue: path) == .document
                ? "A photo that is dropped, pasted or chosen, or the camera; boxes, threshold, classes, times."
                : "It is part of the program."
        case .openAPI: "OpenAPI 3.1, of this service as it runs: with its limits and the defaults of its model."
        case .documentation: "A page without scripts, made from the same description."
        }
    }

    /// How to ask with curl, a command a line, where `$URL` is the service.
    func examples(at path: String) -> [String] {
        switch self {
        case .detect:
            [
                #"curl --data-binary @photo.jpg "$URL/detect?threshold=0.3""#,
                #"curl -F image=@photo.jpg -F image=@other.jpg -F coordinates=relative "$URL/detect""#,
                #"curl --data-binary @photo.jpg "$URL/detect?format=image" -o boxes.jpg"#,
            ]
        case .live, .ready, .health, .metrics, .model, .page, .openAPI, .documentation: [#"curl "$URL\#(path)""#]
        }
    }

    /// What its content may be; nil where it needs none.
    func content(_ options: ServiceOptions, _ model: DetectionOutputConfiguration?) -> [AnswerDescription.Content]? {
        switch self {
        case .detect: DetectionRequest.contents(options, model)
        case .live, .ready, .health, .metrics, .model, .page, .openAPI, .documentation: nil
        }
    }

    /// Its options in the query.
    var options: [OptionName] {
        switch self {
        case .detect: OptionName.allCases
        case .live, .ready, .health, .metrics, .model, .page, .openAPI, .documentation: []
        }
    }

    /// Its answers that are no problems.
    func answers(at path: String) -> [AnswerDescription] {
        switch self {
        case .detect:
            [
                AnswerDescription(
                    status: .ok, text: "What was found.",
                    contents: AnswerFormat.allCases.map {
                        AnswerDescription.Content(mediaType: $0.contentType, schema: $0.schema)
                    }, isCompressible: true)
            ]
        case .live, .ready:
            [
                AnswerDescription(
                    status: .ok, text: self == .live ? "It lives." : "It can detect.",
                    contents: [.init(mediaType: "text/plain; charset=utf-8", schema: .text())])
            ]
        case .health:
            [StatusCode.ok, .serviceUnavailable].map { status in
                AnswerDescription(
                    status: status,
                    text: status == .ok ? "It can detect." : "It cannot detect, not yet or not any more.",
                    contents: [.init(mediaType: "application/json", schema: .named(.health))],
                    fields: status == .ok ? [] : [.retryAfter])
            }
        case .metrics:
            [
                AnswerDescription(
                    status: .ok, text: "The metrics.",
                    contents: ExpositionFormat.allCases.map { .init(mediaType: $0.contentType, schema: .text()) },
                    isCompressible: true)
            ]
        case .model:
            [
                AnswerDescription(
                    status: .ok, text: "The model.",
                    contents: [.init(mediaType: "application/json", schema: .named(.model))], isCompressible: true)
            ]
        case .page:
            PageFile(rawValue: path).map { file in
                [StatusCode.ok, .notModified].map { status in
                    AnswerDescription(
                        status: status, text: status == .ok ? "The file." : "The client has it.",
                        contents: status == .ok
                            ? [.init(mediaType: file.mediaType, schema: file.isText ? .text() : .bytes(file.mediaType))]
                            : [],
                        fields: DemoPage.protection.compactMap { AnswerField(rawValue: $0.name) } + [.entityTag],
                        isCompressible: file.isText && status == .ok)
                }
            } ?? []
        case .openAPI:
            [
                AnswerDescription(
                    status: .ok, text: "The description.",
                    contents: [.init(mediaType: OpenAPIDocument.mediaType, schema: .object([]))],
                    isCompressible: true)
            ]
        case .documentation:
            [
                AnswerDescription(
                    status: .ok, text: "The page.",
                    contents: [.init(mediaType: DocumentationPage.mediaType, schema: .text())],
                    fields: DocumentationPage.protection.compactMap { AnswerField(rawValue: $0.name) },
                    isCompressible: true)
            ]
        }
    }
}
