import HTTP

/// What the echo server is asked for.
///
/// | route | answer |
/// |---|---|
/// | `GET /livez` | `ok` |
/// | any of `GET POST PUT PATCH DELETE` on `/echo` and `/echo/{rest}` | the request in lines, then its content |
/// | any of them on `/brief/{rest}` | method and path, then the content |
/// | `GET /later` | as `/echo`, from another thread |
/// | `GET /hold` and `/hold/{rest}` | what the owner of the server answers |
/// | `GET /drop` | none: the responder is let go of |
/// | `POST /closed` | 401 from the head alone |
/// | `GET /address` | the client's address |
/// | `GET /split?value=` | the value in the field `X-Value` and, as a name, in a second field |
/// | `GET /empty`, `GET /unmodified` | 204 and 304, with content that must not be sent |
/// | `GET /large` | 8 MiB |
enum EchoRoute {
    case live, echo, brief, later, hold, drop, closed, address, split, empty, unmodified, large

    static let router: Router<EchoRoute> = {
        var router = Router<EchoRoute>()
        for method in [Method.get, .post, .put, .patch, .delete] {
            router.add(method, "/echo", .echo)
            router.add(method, "/echo/{rest}", .echo)
            router.add(method, "/brief/{rest}", .brief)
        }
        router.add(.post, "/closed", .closed)
        for (path, route) in [
            ("/livez", EchoRoute.live), ("/later", .later), ("/hold", .hold), ("/hold/{rest}", .hold), ("/drop", .drop),
            ("/address", .address), ("/split", .split), ("/empty", .empty), ("/unmodified", .unmodified),
            ("/large", .large),
        ] {
            router.add(.get, path, route)
        }
        return router
    }()

    /// The answer that the server itself gives; none where it waits or lets go.
    func answer(to request: Request) -> Response? {
        switch self {
        case .live: Response(text: "ok\n")
        case .echo, .later:
            Response(contentType: "application/octet-stream", body: Self.description(of: request))
        case .brief:
            Response(contentType: "text/plain", body: Array("\(request.method) \(request.path) ".utf8) + request.body)
        case .hold, .drop: nil
        case .closed: Response(status: .unauthorized, text: "no\n")
        case .address: Response(text: request.remoteAddress ?? "none")
        case .split:
            Response(
                status: .ok,
                headers: ["X-Value": request.query["value"] ?? "", "X-\(request.query["value"] ?? "")": "name"],
                body: Array("split\n".utf8))
        case .empty: Response(status: .noContent, body: Array("unseen".utf8))
        case .unmodified: Response(status: .notModified, body: Array("unseen".utf8))
        case .large: Response(contentType: "text/plain", body: EchoServer.largeBody)
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
