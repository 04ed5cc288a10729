import Dispatch
import HTTP
import Transport

/// A server that says what it was asked, on the same HTTP and transport layers as the detector, so that framing is tested
/// apart from inference.
///
/// | route | answer |
/// |---|---|
/// | `GET /livez` | `ok` |
/// | any of `GET POST PUT PATCH DELETE` on `/echo` and `/echo/{rest}` | the request in lines, then its content |
/// | `GET /later` | as `/echo`, from another thread |
/// | `POST /closed` | 401 from the head alone |
/// | `GET /split?value=` | the value in the field `X-Value` and, as a name, in a second field |
/// | `GET /empty`, `GET /unmodified` | 204 and 304, with content that must not be sent |
/// | `GET /large` | 1 MiB |
package enum EchoApplication {
    private enum Route { case live, echo, later, closed, split, empty, unmodified, large }

    /// What the router found, on its way to the handler.
    private final class Found: Acceptance {
        let match: RouteMatch<Route>

        init(_ match: RouteMatch<Route>) { self.match = match }
    }

    private static let router: Router<Route> = {
        var router = Router<Route>()
        router.add(.get, "/livez", .live)
        for method in [Method.get, .post, .put, .patch, .delete] {
            router.add(method, "/echo", .echo)
            router.add(method, "/echo/{rest}", .echo)
        }
        router.add(.get, "/later", .later)
        router.add(.post, "/closed", .closed)
        router.add(.get, "/split", .split)
        router.add(.get, "/empty", .empty)
        router.add(.get, "/unmodified", .unmodified)
        router.add(.get, "/large", .large)
        return router
    }()

    /// The content of `/large`.
    private static let large = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)

    /// A server of these routes that listens nowhere yet.
    package static func server(_ configuration: ServerConfiguration) throws(TransportError) -> HTTPServer {
        try HTTPServer(configuration: configuration) { head, _ in
            let match = router.match(head)
            guard case .route(.closed, _) = match else { return .accept(as: Found(match)) }
            return .answer(Response(status: .unauthorized, text: "no\n"))
        } handler: { request, acceptance, responder in
            guard let match = (acceptance as? Found)?.match else { preconditionFailure("a request was not routed") }
            guard case .route(let route, _) = match else {
                if let response = match.response { responder.respond(response) }
                return
            }
            switch route {
            case .later: DispatchQueue.global().async { responder.respond(answer(route, request)) }
            default: responder.respond(answer(route, request))
            }
        }
    }

    private static func answer(_ route: Route, _ request: Request) -> Response {
        switch route {
        case .live: Response(text: "ok\n")
        case .echo, .later: Response(contentType: "application/octet-stream", body: description(of: request))
        case .closed: Response(status: .unauthorized, text: "no\n")
        case .split:
            Response(
                status: .ok,
                headers: ["X-Value": request.query["value"] ?? "", "X-\(request.query["value"] ?? "")": "name"],
                body: Array("split\n".utf8))
        case .empty: Response(status: .noContent, body: Array("unseen".utf8))
        case .unmodified: Response(status: .notModified, body: Array("unseen".utf8))
        case .large: Response(contentType: "text/plain", body: large)
        }
    }

    /// The request in lines, an empty line, its content.
    private static func description(of request: Request) -> [UInt8] {
        var text = "method \(request.method)\ntarget \(request.target.raw)\npath \(request.path)\n"
        text += "version \(request.version == .http10 ? "1.0" : "1.1")\nhost \(request.head.host ?? "none")\n"
        for item in request.query { text += "query \(item.name)=\(item.value)\n" }
        for field in request.headers { text += "field \(field.name): \(field.value)\n" }
        return Array("\(text)content \(request.body.count)\n\n".utf8) + request.body
    }
}
