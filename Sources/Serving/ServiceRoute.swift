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
        case .models: 9
        }
    }

    /// The one method that a route takes itself.
    var method: Method {
        switch self {
        case .detect: .post
        case .live, .ready, .health, .metrics, .model, .models, .page, .openAPI, .documentation: .get
        }
    }

    /// Whether supervisors and Prometheus need it: it is answered where nothing else is, and where there is no more room.
    var isProbe: Bool {
        switch self {
        case .live, .ready, .health, .metrics: true
        case .detect, .model, .models, .page, .openAPI, .documentation: false
        }
    }

    /// Whether it is answered without a key, as often as somebody asks.
    var isOpen: Bool {
        switch self {
        case .live, .ready, .health, .metrics, .page, .openAPI, .documentation: true
        case .detect, .model, .models: false
        }
    }

    /// Whether an answer needs neither content nor a worker: it is given as soon as there is a head.
    var isAnsweredFromHead: Bool {
        switch self {
        case .live, .ready, .health, .page: true
        case .detect, .metrics, .model, .models, .openAPI, .documentation: false
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
        case .ready: [.loading, .draining]
        case .live, .health, .metrics, .models, .page, .openAPI, .documentation: []
        case .model: [.invalidOption, .conflictingOption, .loading]
        }
    }

    /// The statuses of its answers, which have series from the start; others are counted together.
    var statuses: [Int] {
        let failures = problems.flatMap(\.statuses) + (self == .detect ? ProblemType.internal.statuses : [])
        return Set((paths.flatMap { answers(at: $0) }.map(\.status) + failures).map(\.code)).sorted()
    }

    /// Its paths.
    var paths: [String] { self == .page ? PageFile.allCases.map(\.rawValue) : [rawValue] }

    /// The routes that are served.
    static func served(_ options: ServiceOptions) -> [ServiceRoute] {
        allCases.filter { $0 != .page || options.servesPage }
    }

    /// What finds them.
    static func router(_ options: ServiceOptions) -> Router<ServiceRoute> {
        var router = Router<ServiceRoute>()
        for route in served(options) {
            for path in route.paths { router.add(route.method, path, route) }
        }
        return router
    }

    /// The route of a request, whether or not the route takes the method.
    static func of(_ head: RequestHead, _ match: RouteMatch<ServiceRoute>) -> ServiceRoute? {
        switch match {
        case .route(let route, _): route
        case .notFound: nil
        case .options, .methodNotAllowed, .methodNotImplemented: at(head.path)
        }
    }
    /// The route at a path.
    static func at(_ path: String) -> ServiceRoute? {
        // Routes are one segment each, so that decoding before the split makes no difference.
        ServiceRoute(rawValue: path) ?? PageFile(rawValue: path).map { _ in .page }
    }
}
