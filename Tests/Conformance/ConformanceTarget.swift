import EchoServer
import Serving
import TestSupport
import Transport

/// A server in this process on a port of loopback.
struct ConformanceTarget: Sendable {
    let endpoint: Endpoint
    /// What keeps it there.
    private let server: any Sendable

    /// The echo server.
    static func echo(_ configure: (inout ServerConfiguration) -> Void = { _ in }) throws -> ConformanceTarget {
        let echo = try EchoServer(configure: configure)
        return ConformanceTarget(endpoint: echo.endpoint, server: echo)
    }

    /// The echo server with times of milliseconds.
    static func impatientEcho() throws -> ConformanceTarget {
        try echo {
            $0.connection.idleTimeout = .milliseconds(60)
            $0.connection.headerTimeout = .milliseconds(30)
            $0.connection.bodyTimeout = .milliseconds(30)
            $0.connection.lingerTimeout = .milliseconds(30)
            $0.connection.minimumRate = 0
        }
    }

    /// The detection service without a model, wired to its transport as `multibox serve` does it.
    static func service() throws -> ConformanceTarget {
        let service = DetectionService(options: ServiceOptions(version: "0"))
        var configuration = ServerConfiguration()
        configuration.connection.limits.body = service.options.maximumBodyBytes
        configuration.connection.refusal = { service.refusal($0, $1) }
        let server = try HTTPServer(
            configuration: configuration,
            decide: { head, address in service.decide(head, remoteAddress: address) },
            handler: { request, acceptance, responder in
                responder.onCancel(service.handle(request, as: acceptance) { responder.respond($0) })
            })
        return ConformanceTarget(endpoint: try server.listen(on: .tcp(host: "127.0.0.1", port: 0)), server: server)
    }
}
