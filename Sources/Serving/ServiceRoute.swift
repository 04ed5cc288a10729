import HTTP

/// The resources of the service. Raw values are their paths, and the `route` label of metrics and logs.
enum ServiceRoute: String, Sendable, Hashable, CaseIterable {
    case detect = "/detect"
    case live = "/livez"
    case ready = "/readyz"
    case health = "/healthz"
    case metrics = "/metrics"
    case model = "/model"

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
        }
    }

    /// The one method that a route takes itself.
    var method: Method {
        switch self {
        case .detect: .post
        case .live, .ready, .health, .metrics, .model: .get
        }
    }

    /// Whether it is answered without a key, as often as somebody asks: what supervisors and Prometheus need.
    var isOpen: Bool {
        switch self {
        case .live, .ready, .health, .metrics: true
        case .detect, .model: false
        }
    }

    /// Whether an answer needs neither content nor a worker: it is given as soon as there is a head.
    var isAnsweredFromHead: Bool {
        switch self {
        case .live, .ready, .health: true
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
        }
    }

    /// All routes.
    static let router: Router<ServiceRoute> = {
        var router = Router<ServiceRoute>()
        for route in allCases { router.add(route.method, route.rawValue, route) }
        return router
    }()

    /// The route of a request, whether or not the route takes the method.
    static func of(_ head: RequestHead, _ match: RouteMatch<ServiceRoute>) -> ServiceRoute? {
        if case .route(let route, _) = match { return route }
        // Routes are one segment each, so that decoding before the split makes no difference.
        return ServiceRoute(rawValue: head.path)
    }
}
