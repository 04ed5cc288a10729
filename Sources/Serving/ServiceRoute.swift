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

    /// All routes.
    static let router: Router<ServiceRoute> = {
        var router = Router<ServiceRoute>()
        for route in allCases { router.add(route.method, route.rawValue, route) }
        return router
    }()

    /// The label of a request for a decoded path: its route, whether or not the route takes the method.
    static func label(_ path: String) -> String {
        // Routes are one segment each, so that decoding before the split makes no difference.
        ServiceRoute(rawValue: path)?.rawValue ?? noRoute
    }
}
