/// Finds the route of a method and a path.
///
/// A pattern is a path whose segments are literal or `{name}`, which takes one non-empty segment. Segments are split before they
/// are decoded, so that an encoded `/` stays within its segment. A literal segment wins over a parameter. A trailing `/` is
/// part of the path.
public struct Router<Route: Sendable>: Sendable {
    @usableFromInline
    internal var tree = RouteTree()
    @usableFromInline
    internal var routes: [Route] = []

    /// A router without routes.
    public init() {}

    /// Adds a route. The pattern starts with `/`; the same method and pattern twice is a mistake of the caller.
    public mutating func add(_ method: Method, _ pattern: String, _ route: Route) {
        tree.add(method, pattern, routes.count)
        routes.append(route)
    }

    /// The route of a request.
    @inlinable
    public func match(_ head: RequestHead) -> RouteMatch<Route> { match(head.method, head.target.rawPath) }

    /// The route of a method and of a path as it was sent (not decoded), or `*`.
    @inlinable
    public func match(_ method: Method, _ rawPath: String) -> RouteMatch<Route> {
        switch tree.match(method, rawPath) {
        case .route(let number, let parameters): .route(routes[number], parameters)
        case .notFound: .notFound
        case .methodNotAllowed(let allow): .methodNotAllowed(allow: allow)
        case .options(let allow): .options(allow: allow)
        case .methodNotImplemented: .methodNotImplemented
        }
    }
}
