/// What a router knows about a request.
public enum RouteMatch<Route: Sendable>: Sendable {
    /// A route takes it. `HEAD` is taken by the route of `GET`; the encoder leaves the content out.
    case route(Route, PathParameters)
    /// No route has this path (404).
    case notFound
    /// Routes have this path, none this method (405 with `Allow`).
    case methodNotAllowed(allow: [Method])
    /// `OPTIONS` of a path, or of `*`, that no route takes itself (204 with `Allow`).
    case options(allow: [Method])
    /// A method that no route has and RFC 9110 does not know (501).
    case methodNotImplemented

    /// The answer to a request that no route takes; `nil` for ``route(_:_:)``. The content is left to the caller.
    public var response: Response? {
        switch self {
        case .route: nil
        case .notFound: Response(status: .notFound)
        case .methodNotAllowed(let allow):
            Response(status: .methodNotAllowed, headers: ["Allow": RouteMatch.field(allow)])
        case .options(let allow): Response(status: .noContent, headers: ["Allow": RouteMatch.field(allow)])
        case .methodNotImplemented: Response(status: .notImplemented)
        }
    }

    /// The value of the `Allow` field.
    public static func field(_ allow: [Method]) -> String { allow.map(\.name).joined(separator: ", ") }
}
