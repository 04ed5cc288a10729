/// The patterns of a router, which lead to the numbers of its routes. Apart from the router because it is not generic: what
/// runs for each request is compiled for what it is.
///
/// The tree is fixed when serving starts, so a match costs one dictionary look-up a segment, with backtracking bounded by the
/// tree; a path that is a pattern letter for letter, as those of probes are, costs none.
@usableFromInline
struct RouteTree: Sendable {
    private struct Endpoint {
        let method: Method
        let route: Int
        let parameterNames: [String]
    }

    private struct Node {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var endpoints: [Endpoint] = []

        /// What takes the method here; `HEAD` is taken by `GET` where nothing else takes it.
        func endpoint(_ method: Method) -> Endpoint? {
            var get: Endpoint?
            for endpoint in endpoints {
                if endpoint.method == method { return endpoint }
                if endpoint.method == .get { get = endpoint }
            }
            return method == .head ? get : nil
        }
    }

    private var nodes = [Node()]
    /// The nodes of patterns without parameters and escapes, by the length of the path that is the pattern: the few of one
    /// length are compared sooner than a path is hashed.
    private var literalPaths: [[(path: String, node: Int)]] = []

    /// No patterns.
    @usableFromInline
    init() {}

    /// Adds a pattern that leads to the route of that number.
    mutating func add(_ method: Method, _ pattern: String, _ route: Int) {
        precondition(pattern.utf8.first == UInt8(ascii: "/"), "a pattern starts with /: \(pattern)")
        var index = 0
        var names: [String] = []
        for segment in RouteTree.segments(pattern) {
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
        if names.isEmpty, !pattern.utf8.contains(UInt8(ascii: "%")) { addLiteral(pattern, index) }
        nodes[index].endpoints.append(Endpoint(method: method, route: route, parameterNames: names))
    }

    private mutating func addLiteral(_ path: String, _ node: Int) {
        let length = path.utf8.count
        while literalPaths.count <= length { literalPaths.append([]) }
        if !literalPaths[length].contains(where: { $0.path == path }) {
            literalPaths[length].append((path, node))
        }
    }

    private func literalNode(_ path: String) -> Int? {
        let length = path.utf8.count
        guard length < literalPaths.count else { return nil }
        for literal in literalPaths[length] where literal.path == path { return literal.node }
        return nil
    }

    /// The number of the route of a method and of a path as it was sent (not decoded), or `*`.
    @usableFromInline
    func match(_ method: Method, _ rawPath: String) -> RouteMatch<Int> {
        if rawPath == "*" {
            guard method == .options else { return .notFound }
            return .options(allow: RouteTree.allow(nodes.flatMap(\.endpoints)))
        }
        guard rawPath.utf8.first == UInt8(ascii: "/") else { return .notFound }
        // Literals win, so no other way through the tree can come before this one.
        if let index = literalNode(rawPath), let found = nodes[index].endpoint(method) {
            return .route(found.route, PathParameters([]))
        }
        let segments = RouteTree.segments(rawPath).map { segment in
            segment.utf8.contains(UInt8(ascii: "%")) ? PercentDecoding.decode(String(segment)) : String(segment)
        }
        var values: [String] = []
        var others: [Endpoint] = []
        if let found = find(method, segments[...], 0, &values, &others) {
            return .route(
                found.route, PathParameters(zip(found.parameterNames, values).map { (name: $0, value: $1) }))
        }
        if others.isEmpty { return .notFound }
        if method == .options { return .options(allow: RouteTree.allow(others)) }
        return method.isKnown ? .methodNotAllowed(allow: RouteTree.allow(others)) : .methodNotImplemented
    }

    /// Depth first, literals first; collects in `others` the endpoints of this path whose method is another.
    private func find(
        _ method: Method, _ segments: ArraySlice<String?>, _ index: Int, _ values: inout [String],
        _ others: inout [Endpoint]
    ) -> Endpoint? {
        guard let first = segments.first else {
            if let found = nodes[index].endpoint(method) { return found }
            others += nodes[index].endpoints
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
