import Dispatch
import Transport

/// `EchoServer [PORT]`: listens on loopback, prints where, and serves until it is killed.
@main
enum Main {
    static func main() throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { UInt16($0) } ?? 0
        let server = try EchoApplication.server(ServerConfiguration())
        print(try server.listen(on: .tcp(host: "127.0.0.1", port: port)))
        withExtendedLifetime(server) { dispatchMain() }
    }
}
