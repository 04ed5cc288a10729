/// Finds the route of a method and a path.
///
/// A pattern is a path whose segments are literal or `{name}`, which takes one non-empty segment. Segments are split before they
/// are decoded, so that an encoded `/` stays within its segment. A literal segment wins over a parameter. A trailing `/` is
/// part of the path. The tree is fixed when serving starts, so a match costs one dictionary look-up a segment, with
/// backtracking bounded by the tree.
public struct Router<Route: Sendable>: Sendable {
    private struct Endpoint {
        let method: Method
        let route: Route
        let parameterNames: [String]
    }

    private struct Node {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var endpoints: [Endpoint] = []
    }

    private var nodes = [Node()]

    /// A router without routes.
    public init() {}

    /// Adds a route. The pattern starts with `/`; the same method and pattern twice is a mistake of the caller.
    public mutating func add(_ method: Method, _ pattern: String, _ route: Route) {
        precondition(pattern.utf8.first == UInt8(ascii: "/"), "a pattern starts with /: \(pattern)")
        var index = 0
        var names: [String] = []
        for segment in Router.segments(pattern) {
            let isParameter = segment.first == "{" && segment.last == "}"
            let existing = isParameter ? nodes[index].parameter : nodes[index].literals[String(segment)]
            if isParameter { names.append(String(segment.dropFirst().dropLast())) }
            if let existing {
                index = existing
            } else {
                nodes.append(Node())
                if isParameter {
                    nodes[index].parameter = nodes.count - 1
                } else {
                    nodes[index].literals[String(segment)] = nodes.count - 1
                }
                index = nodes.count - 1
            }
        }
        precondition(Set(names).count == names.count && !names.contains(""), "parameter names of \(pattern)")
        precondition(!nodes[index].endpoints.contains { $0.method == method }, "\(method) \(pattern) is there twice")
        nodes[index].endpoints.append(Endpoint(method: method, route: route, parameterNames: names))
    }

    /// The route of a request.
    public func match(_ head: RequestHead) -> RouteMatch<Route> { match(head.method, head.target.rawPath) }

    /// The route of a method and of a path as it was sent (not decoded), or `*`.
    public func match(_ method: Method, _ rawPath: String) -> RouteMatch<Route> {
        if rawPath == "*" {
            guard method == .options else { return .notFound }
            return .options(allow: Router.allow(nodes.flatMap(\.endpoints)))
        }
        guard rawPath.utf8.first == UInt8(ascii: "/") else { return .notFound }
        let segments = Router.segments(rawPath).map { segment in
            segment.utf8.contains(UInt8(ascii: "%")) ? PercentDecoding.decode(String(segment)) : String(segment)
        }
        var values: [String] = []
        var others: [Endpoint] = []
        if let found = find(method, segments[...], 0, &values, &others) {
            return .route(
                found.route, PathParameters(zip(found.parameterNames, values).map { (name: $0, value: $1) }))
        }
        if others.isEmpty { return .notFound }
        if method == .options { return .options(allow: Router.allow(others)) }
        return method.isKnown ? .methodNotAllowed(allow: Router.allow(others)) : .methodNotImplemented
    }

    /// Depth first, literals first; collects in `others` the endpoints of this path whose method is another.
    private func find(
        _ method: Method, _ segments: ArraySlice<String?>, _ index: Int, _ values: inout [String],
        _ others: inout [Endpoint]
    ) -> Endpoint? {
        guard let first = segments.first else {
            let endpoints = nodes[index].endpoints
            if let exact = endpoints.first(where: { $0.method == method }) { return exact }
            if method == .head, let get = endpoints.first(where: { $0.method == .get }) { return get }
            others += endpoints
            return nil
        }
        // A segment that does not decode matches nothing; the parser has refused it before.
        guard let segment = first else { return nil }
        if let literal = nodes[index].literals[segment],
            let found = find(method, segments.dropFirst(), literal, &values, &others)
        {
            return found
        }
        if let parameter = nodes[index].parameter, !segment.isEmpty {
            values.append(segment)
            if let found = find(method, segments.dropFirst(), parameter, &values, &others) { return found }
            values.removeLast()
        }
        return nil
    }

    /// The segments behind the leading `/`, split by octet rather than by character, which is several times as fast.
    private static func segments(_ path: String) -> [Substring] {
        path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Substring($0) }
    }

    /// The methods for `Allow`, in the order of the routes, `HEAD` beside `GET`, `OPTIONS` last.
    private static func allow(_ endpoints: [Endpoint]) -> [Method] {
        var methods: [Method] = []
        for endpoint in endpoints {
            for method in endpoint.method == .get ? [Method.get, .head] : [endpoint.method]
            where !methods.contains(method) && method != .options { methods.append(method) }
        }
        return methods + [.options]
    }
}
