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
        case .model: "A model in service"
        case .models: "The models in service"
        case .page: PageFile(rawValue: path) == .document ? "A page to try the model with" : "A file of the page"
        case .openAPI: "This description, for programs"
        case .documentation: "This description, for people"
        case .inferenceServer: "The service, as Triton's clients ask"
        case .inferenceLive: "Whether the process lives, as Triton's clients ask"
        case .inferenceReady: "Whether it can detect, as Triton's clients ask"
        case .inferenceModel: "A model's tensors"
        case .inferenceModelReady: "Whether a model can detect"
        case .inferenceModelConfiguration: "A model's tensors, as Triton configures them"
        case .infer: "Find objects in photos, as tensors"
        case .visionDetection: "Find objects in a photo, as clients of DeepStack ask"
        case .visionFace: "Find faces in a photo, as clients of DeepStack ask"
        case .visionCustom: "Find objects with a model, as clients of DeepStack ask"
        case .visionCustomList: "The models, as clients of DeepStack ask"
        case .visionPing: "Whether somebody is there, as clients of DeepStack ask"
        case .detectors: "The models, as clients of DOODS ask"
        case .image: "The photo with its boxes drawn, as clients of DOODS ask"
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
                + "its own. A request of DOODS (JSON with `data`, `detect` or `detector_name`) is answered as DOODS does."
        case .live:
            "200 while the process can serve. It does not depend on load or on the model: restart what does not say it."
        case .ready: "200 once a model is warm, 503 before and from SIGTERM on: send requests to what says 200."
        case .health: "The status is that of `/readyz`; the content says why."
        case .metrics: "Prometheus text; OpenMetrics where `Accept` names it."
        case .model:
            "Its name, version, classes, input, defaults and origin: of the first one, unless `model` names another."
        case .models:
            "Each with its name and its state, in the operator's order. The first is meant where a request names none. One that "
                + "is loaded, replaced or taken out leaves the others as they are."
        case .page:
            PageFile(rawValue: path) == .document
                ? "A photo that is dropped, pasted or chosen, or the camera; boxes, threshold, classes, times."
                : "It is part of the program."
        case .openAPI: "OpenAPI 3.1, of this service as it runs: with its limits and the defaults of its model."
        case .documentation: "A page without scripts, made from the same description."
        case .inferenceServer: "Open Inference Protocol, version 2."
        case .inferenceLive: "200 while the process can serve."
        case .inferenceReady: "200 while it can detect, 503 before and from SIGTERM on."
        case .inferenceModel, .inferenceModelConfiguration:
            "One input, `image`, and outputs of which each may be left out. Photos are BYTES [n], as it says, or their "
                + "pixels, UINT8 [n, height, width, 3]."
        case .inferenceModelReady: "200 while it can detect; 404 where there is no such model."
        case .infer:
            "Open Inference Protocol, version 2, with Triton's binary tensors. The input `image` is BYTES [n], each a JPEG, PNG "
                + "or WebP (base64 where it stands in the JSON), or UINT8 [n, height, width, 3]: red, green and blue, at most "
                + "\(options.maximumImagesPerRequest) photos. Outputs are `boxes` FP32 [n, k, 4] (left, upper, right and "
                + "lower edge), `scores` FP32 [n, k], `class_ids` INT64 [n, k] and `num_detections` INT64 [n], where k is the "
                + "most objects of a photo: behind the last ones of others stand zeros, and classes of -1. Options of "
                + "`/detect` but `format` stand in `parameters` or in the query."
        case .visionDetection:
            "A form with the part `image`, or else the first file, and `min_confidence` (0.4). Other fields are passed "
                + "over. Boxes are in whole pixels."
        case .visionFace: "The same of classes that are called a face, from 0.55 on."
        case .visionCustom: "The same with the model that the path names."
        case .visionCustomList: "Their names, for `/v1/vision/custom/{model}`."
        case .visionPing: "Its version is the message."
        case .detectors: "With their labels; `default` is the one that is meant where a request names none."
        case .image: "A request of DOODS; the answer is the picture, a JPEG unless `image` says `png`."
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
        case .infer:
            [
                #"printf '{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["%s"]}]}' "#
                    + #""$(base64 <photo.jpg | tr -d '\n')" | curl --json @- "$URL\#(path.filled)""#
            ]
        case .visionDetection, .visionFace, .visionCustom:
            [#"curl -F image=@photo.jpg -F min_confidence=0.5 "$URL\#(path.filled)""#]
        case .image:
            [
                #"printf '{"data":"%s","detect":{"*":50}}' "$(base64 <photo.jpg | tr -d '\n')" | "#
                    + #"curl --json @- "$URL\#(path)" -o boxes.jpg"#
            ]
        case .live, .ready, .health, .metrics, .model, .models, .page, .openAPI, .documentation, .inferenceServer,
            .inferenceLive, .inferenceReady, .inferenceModel, .inferenceModelReady,
            .inferenceModelConfiguration, .visionCustomList, .visionPing, .detectors:
            [#"curl "$URL\#(path.filled)""#]
        }
    }

    /// What its content may be; nil where it needs none.
    func content(_ options: ServiceOptions, _ model: DetectionOutputConfiguration?) -> [AnswerDescription.Content]? {
        switch self {
        case .detect: DetectionRequest.contents(options, model)
        case .infer:
            [
                .init(mediaType: "application/json", schema: .named(.inferenceRequest)),
                .init(mediaType: "application/octet-stream", schema: .bytes("application/octet-stream")),
            ]
        case .visionDetection, .visionFace, .visionCustom:
            [.init(mediaType: "multipart/form-data", schema: DeepStack.formSchema)]
        case .image: [.init(mediaType: "application/json", schema: .named(.doodsRequest))]
        case .live, .ready, .health, .metrics, .model, .models, .page, .openAPI, .documentation, .inferenceServer,
            .inferenceLive, .inferenceReady, .inferenceModel, .inferenceModelReady,
            .inferenceModelConfiguration, .visionCustomList, .visionPing, .detectors:
            nil
        }
    }

    /// Its options in the query.
    var options: [OptionName] {
        switch self {
        case .detect: OptionName.allCases
        case .infer: OptionName.allCases.filter { $0 != .format && $0 != .model }
        case .model: [.model]
        case .live, .ready, .health, .metrics, .models, .page, .openAPI, .documentation, .visionDetection, .visionFace,
            .visionCustom, .image, .inferenceServer, .inferenceLive, .inferenceReady, .inferenceModel,
            .inferenceModelReady,
            .inferenceModelConfiguration, .visionCustomList, .visionPing, .detectors:
            []
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
                        AnswerDescription.Content(
                            mediaType: $0.contentType,
                            schema: $0 == .json
                                ? .either([.named(.detections), .named(.detectionsOfSeveral), .named(.doodsDetections)])
                                : $0.schema)
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
        case .models:
            [
                AnswerDescription(
                    status: .ok, text: "The models.",
                    contents: [.init(mediaType: "application/json", schema: .named(.models))], isCompressible: true)
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
        case .infer:
            [
                AnswerDescription(
                    status: .ok, text: "What was found; with bytes behind the JSON where a tensor is wanted so.",
                    contents: [
                        .init(mediaType: "application/json", schema: .named(.inference)),
                        .init(
                            mediaType: "application/octet-stream", schema: .bytes("application/octet-stream")),
                    ], optionalFields: [.inferenceHeaderLength], isCompressible: true)
            ]
        case .image:
            [
                AnswerDescription(
                    status: .ok, text: "The picture.",
                    contents: [AnswerFormat.jpeg, .png].map {
                        .init(mediaType: $0.mediaType, schema: .bytes($0.mediaType))
                    })
            ]
        case .inferenceServer: [Self.json("The service.", .inferenceServer)]
        case .inferenceLive, .inferenceReady:
            [Self.json(self == .inferenceLive ? "It lives." : "It can detect.", Self.truth(self == .inferenceLive))]
        case .inferenceModel: [Self.json("The model.", .inferenceModel)]
        case .inferenceModelReady:
            [
                Self.json(
                    "It can detect.",
                    .object([
                        Schema.Member("name", .text(), "Its name."), Schema.Member("ready", .boolean, "True."),
                    ]))
            ]
        case .inferenceModelConfiguration: [Self.json("The model.", .inferenceConfiguration)]
        case .visionDetection, .visionFace, .visionCustom: [Self.json("What was found.", .visionDetections)]
        case .visionCustomList: [Self.json("The models.", .visionModels)]
        case .visionPing: [Self.json("Somebody is there.", .visionPing)]
        case .detectors: [Self.json("The models.", .doodsDetectors)]
        }
    }

    private static func json(_ text: String, _ name: Schema.Name) -> AnswerDescription { json(text, .named(name)) }

    private static func json(_ text: String, _ schema: Schema) -> AnswerDescription {
        AnswerDescription(
            status: .ok, text: text, contents: [.init(mediaType: "application/json", schema: schema)],
            isCompressible: true)
    }

    private static func truth(_ isLive: Bool) -> Schema {
        .object([Schema.Member(isLive ? "live" : "ready", .boolean, "True.")])
    }
}

extension String {
    /// A path whose parameters are written as a shell has them.
    fileprivate var filled: String {
        PathParameter.allCases.reduce(self) {
            $0.replacing("{\($1.rawValue)}", with: "$\($1.rawValue.uppercased())")
        }
    }
}
