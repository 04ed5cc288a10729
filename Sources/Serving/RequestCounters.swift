import Metrics

/// The counters of answered requests, by route, method and status. They are found by number: to look labels up as text
/// took longer than to read a request.
struct RequestCounters: Sendable {
    /// What a status does not have a column for is counted beside.
    private static let otherColumn = 0
    private static let statuses = 100..<600

    /// For each status its column.
    private let columns: [UInt8]
    private let columnCount: Int
    /// A counter for each route (the last for none), method and column.
    private let counters: [Counter]

    /// Registers `multibox_http_requests_total` with the combinations that occur: a route's own method with the statuses
    /// it gives, and what is refused beside.
    init(_ registry: MetricsRegistry) {
        precondition(
            ServiceRoute.allCases.map(\.ordinal) == Array(ServiceRoute.allCases.indices),
            "a route's place is that of its case")
        let rows = Self.rows
        let otherwise = [ServiceRoute.noRoute, MethodLabel.other.rawValue, "other"]
        let family = registry.counters(
            "multibox_http_requests_total", help: "Requests answered, by route, method and status.",
            labels: LabelSet(names: ["route", "method", "code"], rows: rows, otherwise: otherwise))
        let codes = Set(rows.map { $0[2] }).sorted()
        var columns = [UInt8](repeating: UInt8(Self.otherColumn), count: Self.statuses.count)
        for (column, code) in codes.enumerated() {
            guard let status = Int(code) else { preconditionFailure("\(code) is a status") }
            columns[status - Self.statuses.lowerBound] = UInt8(column + 1)
        }
        self.columns = columns
        columnCount = codes.count + 1
        counters = (ServiceRoute.allCases.map(\.rawValue) + [ServiceRoute.noRoute]).flatMap { route in
            MethodLabel.allCases.flatMap { method in
                (["other"] + codes).map { family[route, method.rawValue, $0] }
            }
        }
    }

    /// Counts an answered request.
    func count(_ route: ServiceRoute?, _ method: MethodLabel, status: Int) {
        precondition(Self.statuses.contains(status), "\(status) is a status")
        let row = (route?.ordinal ?? ServiceRoute.allCases.count) * MethodLabel.allCases.count + method.ordinal
        counters[row * columnCount + Int(columns[status - Self.statuses.lowerBound])].increment()
    }

    private static var rows: [[String]] {
        var rows: [[String]] = []
        for route in ServiceRoute.allCases {
            let codes = route.statuses
            for method: MethodLabel in route.methods.flatMap({ $0 == .get ? [.get, .head] : [.post] }) {
                rows += codes.map { [route.rawValue, method.rawValue, String($0)] }
            }
            rows.append([route.rawValue, MethodLabel.options.rawValue, "204"])
            rows += ["405", "501"].map { [route.rawValue, MethodLabel.other.rawValue, $0] }
        }
        rows += [400, 401, 404, 408, 413, 414, 417, 429, 431, 500, 501, 503, 505].map {
            [ServiceRoute.noRoute, MethodLabel.other.rawValue, String($0)]
        }
        rows.append([ServiceRoute.noRoute, MethodLabel.options.rawValue, "204"])
        return rows
    }
}
