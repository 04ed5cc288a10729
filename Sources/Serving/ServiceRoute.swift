import HTTP

/// The resources of the service. Raw values are their paths, and the `route` label of metrics and logs.
enum ServiceRoute: String, Sendable, Hashable, CaseIterable {
    case detect = "/detect"
    case live = "/livez"
    case ready = "/readyz"
    case health = "/healthz"
    case metrics = "/metrics"
    case model = "/model"
    /// The page, with all its files.
    case page = "/"
    case openAPI = "/openapi.json"
    case documentation = "/docs"
    case inferenceServer = "/v2"
    case inferenceLive = "/v2/health/live"
    case inferenceReady = "/v2/health/ready"
    case inferenceModel = "/v2/models/{model}"
    case inferenceModelReady = "/v2/models/{model}/ready"
    case inferenceModelConfiguration = "/v2/models/{model}/config"
    case infer = "/v2/models/{model}/infer"
    case visionDetection = "/v1/vision/detection"
    case visionFace = "/v1/vision/face"
    case visionCustom = "/v1/vision/custom/{model}"
    case visionCustomList = "/v1/vision/custom/list"
    case visionPing = "/v1/status/ping"
    case detectors = "/detectors"
    case image = "/image"
    case models = "/models"

    /// The label of requests that no route takes.
    static let noRoute = "other"

    /// Its place among all cases.
    var ordinal: Int {
        switch self {
        case .detect: 0
        case .live: 1
        case .ready: 2
        case .health: 3
        case .metrics: 4
        case .model: 5
        case .page: 6
        case .openAPI: 7
        case .documentation: 8
        case .inferenceServer: 9
        case .inferenceLive: 10
        case .inferenceReady: 11
        case .inferenceModel: 12
        case .inferenceModelReady: 13
        case .inferenceModelConfiguration: 14
        case .infer: 15
        case .visionDetection: 16
        case .visionFace: 17
        case .visionCustom: 18
        case .visionCustomList: 19
        case .visionPing: 20
        case .detectors: 21
        case .image: 22
        case .models: 23
        }
    }

    /// The methods that a route takes itself.
    var methods: [Method] {
        switch self {
        case .detect, .infer, .visionDetection, .visionFace, .visionCustom, .image: [.post]
        case .live, .ready, .health, .metrics, .model, .models, .page, .openAPI, .documentation, .inferenceServer,
            .inferenceLive, .inferenceReady, .inferenceModel, .inferenceModelReady, .inferenceModelConfiguration,
            .detectors:
            [.get]
        // Blue Iris posts what others get.
        case .visionCustomList, .visionPing: [.get, .post]
        }
    }

    /// Whether it looks for objects in photos.
    var detects: Bool {
        switch self {
        case .detect, .infer, .visionDetection, .visionFace, .visionCustom, .image: true
        case .live, .ready, .health, .metrics, .model, .models, .page, .openAPI, .documentation, .inferenceServer,
            .inferenceLive, .inferenceReady, .inferenceModel, .inferenceModelReady, .inferenceModelConfiguration,
            .visionCustomList, .visionPing, .detectors:
            false
        }
    }

    /// What its clients speak.
    var spoken: ServiceProtocol {
        switch self {
        case .detect, .live, .ready, .health, .metrics, .model, .models, .page, .openAPI, .documentation: .multibox
        case .inferenceServer, .inferenceLive, .inferenceReady, .inferenceModel, .inferenceModelReady,
            .inferenceModelConfiguration, .infer:
            .openInference
        case .visionDetection, .visionFace, .visionCustom, .visionCustomList, .visionPing: .deepStack
        case .detectors, .image: .doods
        }
    }

    /// What else is recognised by the content of its requests.
    var recognized: [ServiceProtocol] { self == .detect ? [.doods] : [] }

    /// Whether supervisors and Prometheus need it: it is answered where nothing else is, and where there is no more room.
    var isProbe: Bool {
        switch self {
        case .live, .ready, .health, .metrics, .inferenceLive, .inferenceReady: true
        case .detect, .model, .models, .page, .openAPI, .documentation, .inferenceServer, .inferenceModel,
            .inferenceModelReady, .inferenceModelConfiguration, .infer, .visionDetection, .visionFace, .visionCustom,
            .visionCustomList, .visionPing, .detectors, .image:
            false
        }
    }

    /// Whether it is answered without a key, as often as somebody asks.
    var isOpen: Bool {
        switch self {
        case .live, .ready, .health, .metrics, .page, .openAPI, .documentation, .inferenceLive, .inferenceReady,
            .visionPing:
            true
        case .detect, .model, .models, .inferenceServer, .inferenceModel, .inferenceModelReady,
            .inferenceModelConfiguration,
            .infer, .visionDetection, .visionFace, .visionCustom, .visionCustomList, .detectors, .image:
            false
        }
    }

    /// Whether an answer needs neither content nor a worker: it is given as soon as there is a head.
    var isAnsweredFromHead: Bool {
        switch self {
        case .live, .ready, .health, .page, .inferenceLive, .inferenceReady, .visionPing: true
        case .detect, .metrics, .model, .models, .openAPI, .documentation, .inferenceServer, .inferenceModel,
            .inferenceModelReady, .inferenceModelConfiguration, .infer, .visionDetection, .visionFace, .visionCustom,
            .visionCustomList, .detectors, .image:
            false
        }
    }

    /// The problems that it answers with, beside those of any request.
    var problems: [ProblemType] {
        (isProbe ? [] : [.tooManyConnections]) + (isOpen ? [] : ProblemType.ofAccess) + ownProblems
    }

    private var ownProblems: [ProblemType] {
        switch self {
        case .detect:
            [
                .malformedJSON, .notAnObject, .malformedMultipart, .malformedBase64, .malformedGzip, .missingImage,
                .unknownOption, .invalidOption, .conflictingOption, .notAcceptable, .decompressedTooLarge,
                .expandsTooMuch, .tooManyImages, .imageTooLarge, .notAnImage, .unsupportedContentCoding,
                .undecodableImage, .queueFull, .queueBytesFull, .loading, .draining, .deadlineExceeded,
                .clientClosedRequest,
            ]
        case .infer:
            [
                .malformedJSON, .notAnObject, .malformedTensor, .malformedBase64, .malformedGzip, .missingImage,
                .unknownOption, .invalidOption, .conflictingOption, .notFound,
            ] + Self.problemsOfPhotos + [.tooManyImages]
        case .visionDetection, .visionFace, .visionCustom:
            [.malformedMultipart, .malformedGzip, .missingImage, .invalidOption] + Self.problemsOfPhotos
                + (self == .visionFace ? [.noFaces] : self == .visionCustom ? [.notFound] : [])
        case .image:
            [.malformedJSON, .notAnObject, .malformedBase64, .malformedGzip, .missingImage, .invalidOption]
                + Self.problemsOfPhotos
        case .ready, .inferenceReady: [.loading, .draining]
        case .inferenceModelReady: [.loading, .draining, .notFound]
        case .inferenceModel, .inferenceModelConfiguration: [.loading, .notFound]
        case .live, .health, .metrics, .models, .page, .openAPI, .documentation, .inferenceServer, .inferenceLive,
            .visionCustomList, .visionPing:
            []
        case .model: [.invalidOption, .conflictingOption, .loading]
        case .detectors: [.loading]
        }
    }

    /// What any photo may be told, wherever it is sent.
    private static let problemsOfPhotos: [ProblemType] = [
        .decompressedTooLarge, .expandsTooMuch, .imageTooLarge, .notAnImage, .unsupportedContentCoding,
        .undecodableImage, .queueFull, .queueBytesFull, .loading, .draining, .deadlineExceeded, .clientClosedRequest,
    ]

    /// The statuses of its answers, which have series from the start; others are counted together.
    var statuses: [Int] {
        let failures = problems.flatMap(\.statuses) + (detects ? ProblemType.internal.statuses : [])
        return Set((paths.flatMap { answers(at: $0) }.map(\.status) + failures).map(\.code)).sorted()
    }

    /// Its paths.
    var paths: [String] {
        switch self {
        case .page: PageFile.allCases.map(\.rawValue)
        case .inferenceModel, .inferenceModelReady, .inferenceModelConfiguration, .infer:
            [rawValue, rawValue.replacing("/{model}", with: "/{model}/versions/{version}")]
        default: [rawValue]
        }
    }

    /// The routes that are served.
    static func served(_ options: ServiceOptions) -> [ServiceRoute] {
        allCases.filter { $0 != .page || options.servesPage }
    }

    /// What finds them.
    static func router(_ options: ServiceOptions) -> Router<ServiceRoute> {
        var router = Router<ServiceRoute>()
        for route in served(options) {
            for path in route.paths {
                for method in route.methods { router.add(method, path, route) }
            }
        }
        return router
    }

    /// The route of a request, whether or not the route takes the method.
    static func of(_ head: RequestHead, _ match: RouteMatch<ServiceRoute>) -> ServiceRoute? {
        switch match {
        case .route(let route, _): route
        case .notFound: nil
        case .options, .methodNotAllowed, .methodNotImplemented: at(head.target.rawPath)
        }
    }

    /// All of them by their paths, whatever methods they take.
    private static let all: Router<ServiceRoute> = {
        var router = Router<ServiceRoute>()
        for route in allCases { for path in route.paths { router.add(.get, path, route) } }
        return router
    }()

    /// The route at a path as it was sent.
    static func at(_ path: String) -> ServiceRoute? {
        if case .route(let route, _) = all.match(.get, path) { route } else { nil }
    }
}
