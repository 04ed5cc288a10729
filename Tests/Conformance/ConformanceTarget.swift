import EchoServer
import HTTP
import Serving
import Transport

/// A server in this process on a port of loopback.
struct ConformanceTarget: Sendable {
    let host = "127.0.0.1"
    let port: UInt16
    private let server: HTTPServer

    private init(_ server: HTTPServer) throws {
        self.server = server
        guard case .tcp(_, let port) = try server.listen(on: .tcp(host: host, port: 0)) else {
            throw RawClient.Failure(description: "no TCP endpoint")
        }
        self.port = port
    }

    /// The echo server.
    static func echo(_ configure: (inout ServerConfiguration) -> Void = { _ in }) throws -> ConformanceTarget {
        var configuration = ServerConfiguration()
        configure(&configuration)
        return try ConformanceTarget(try EchoApplication.server(configuration))
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
        return try ConformanceTarget(server)
    }
}
