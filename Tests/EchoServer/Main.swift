import Dispatch
import Transport

/// `EchoServer [PORT]`: listens on loopback, prints where, and serves until it is killed.
@main
enum Main {
    static func main() throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { UInt16($0) } ?? 0
        let server = try EchoServer(on: .tcp(host: "127.0.0.1", port: port)) { $0.loops = ServerConfiguration().loops }
        print(server.endpoint)
        withExtendedLifetime(server) { dispatchMain() }
    }
}
