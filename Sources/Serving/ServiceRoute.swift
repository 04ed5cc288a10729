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
        }
    }

    /// The one method that a route takes itself.
    var method: Method {
        switch self {
        case .detect: .post
        case .live, .ready, .health, .metrics, .model, .page: .get
        }
    }

    /// Whether supervisors and Prometheus need it: it is answered where nothing else is, and where there is no more room.
    var isProbe: Bool {
        switch self {
        case .live, .ready, .health, .metrics: true
        case .detect, .model, .page: false
        }
    }

    /// Whether it is answered without a key, as often as somebody asks.
    var isOpen: Bool {
        switch self {
        case .live, .ready, .health, .metrics, .page: true
        case .detect, .model: false
        }
    }

    /// Whether an answer needs neither content nor a worker: it is given as soon as there is a head.
    var isAnsweredFromHead: Bool {
        switch self {
        case .live, .ready, .health, .page: true
        case .detect, .metrics, .model: false
        }
    }

    /// The statuses of its answers, which have series from the start; others are counted together.
    var statuses: [Int] {
        switch self {
        case .detect: [200, 400, 401, 406, 413, 415, 422, 429, 499, 500, 503, 504]
        case .live, .metrics: [200]
        case .ready, .health: [200, 503]
        case .model: [200, 401, 429, 503]
        case .page: [200, 304]
        }
    }

    /// Its paths.
    private var paths: [String] { self == .page ? PageFile.allCases.map(\.rawValue) : [rawValue] }

    /// The routes that are served.
    static func router(_ options: ServiceOptions) -> Router<ServiceRoute> {
        var router = Router<ServiceRoute>()
        for route in allCases where route != .page || options.servesPage {
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
