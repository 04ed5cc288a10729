import EchoServer
import Foundation
import HTTP
import TestSupport
import Testing
import Transport

struct ListeningTests {
    private func answers(_ endpoint: Endpoint) throws -> String {
        let client = try RawClient(endpoint)
        try client.send("GET /address HTTP/1.1\r\nHost: h\r\n\r\n")
        return try client.reply().text
    }

    private func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.path + "/mb-\(UInt64.random(in: 0...UInt64.max)).sock"
    }

    @Test func thePortIsTheOneTheSystemChose() throws {
        let echo = try EchoServer()
        guard case .tcp("127.0.0.1", let port) = echo.endpoint else {
            Issue.record("\(echo.endpoint)")
            return
        }
        #expect(port > 0)
    }

    @Test func anAddressInUseIsSaidPlainly() throws {
        let echo = try EchoServer()
        do {
            _ = try EchoServer(on: echo.endpoint)
            Issue.record("listened twice on \(echo.endpoint)")
        } catch let error as TransportError {
            #expect(error == .addressInUse(echo.endpoint))
            #expect(error.description == "address already in use: \(echo.endpoint)")
        }
    }

    @Test func severalServersShareAPortThatAllOfThemShare() throws {
        let first = try EchoServer { $0.sharesPorts = true }
        let second = try EchoServer(on: first.endpoint) { $0.sharesPorts = true }
        #expect(second.endpoint == first.endpoint)
        #expect(throws: TransportError.addressInUse(first.endpoint)) { try EchoServer(on: first.endpoint) }
        for _ in 0..<50 { #expect(try answers(first.endpoint) == "127.0.0.1") }
        #expect(
            first.watcher.opened.load(ordering: .relaxed) + second.watcher.opened.load(ordering: .relaxed) == 50)
    }

    @Test func aServerListensOnSeveralEndpoints() throws {
        let path = temporaryPath()
        let echo = try EchoServer()
        let other = try echo.server.listen(on: .tcp(host: "127.0.0.1", port: 0))
        try echo.server.listen(on: .unix(path: path))
        #expect(try answers(echo.endpoint) == "127.0.0.1")
        #expect(try answers(other) == "127.0.0.1")
        #expect(try answers(.unix(path: path)) == "none")
        echo.server.stopAccepting()
        for endpoint in [echo.endpoint, other, .unix(path: path)] {
            #expect(throws: RawClient.Failure.self) { try answers(endpoint) }
        }
    }

    // MARK: Sockets of a supervisor

    @Test func anInheritedSocketIsListenedOn() throws {
        let echo = try EchoServer()
        let (descriptor, port) = try InheritedSocket.listening()
        #expect(try echo.server.listen(onInherited: descriptor) == .tcp(host: "127.0.0.1", port: port))
        #expect(try answers(.tcp(host: "127.0.0.1", port: port)) == "127.0.0.1")
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
    }

    @Test func anInheritedUnixSocketKeepsItsFile() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let echo = try EchoServer()
        let descriptor = try InheritedSocket.listening(path: path)
        #expect(try echo.server.listen(onInherited: descriptor) == .unix(path: path))
        #expect(try answers(.unix(path: path)) == "none")
        echo.server.stopAccepting()
        // It is the supervisor's.
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func anotherDescriptorIsRefused() throws {
        let echo = try EchoServer()
        for descriptor in [open("/dev/null", O_RDONLY), try InheritedSocket.unconnected()] {
            #expect(throws: TransportError.notListening(descriptor: descriptor)) {
                try echo.server.listen(onInherited: descriptor)
            }
        }
    }

    @Test(
        arguments: [
            ([:], 3..<3), (["LISTEN_FDS": "2"], 3..<3), (["LISTEN_PID": "42"], 3..<3),
            (["LISTEN_PID": "42", "LISTEN_FDS": "0"], 3..<3), (["LISTEN_PID": "42", "LISTEN_FDS": "2"], 3..<5),
            (["LISTEN_PID": "41", "LISTEN_FDS": "2"], 3..<3), (["LISTEN_PID": "41", "LISTEN_FDS": "many"], 3..<3),
            (["LISTEN_PID": "42", "LISTEN_FDS": "64"], 3..<67),
        ] as [([String: String], Range<Int32>)])
    func theEnvironmentNamesTheDescriptors(environment: [String: String], expected: Range<Int32>) throws {
        #expect(try SocketActivation.descriptors(environment: environment, processIdentifier: 42) == expected)
    }

    @Test(arguments: [
        ("LISTEN_PID", "", "1"), ("LISTEN_PID", "+42", "1"), ("LISTEN_PID", "0", "1"), ("LISTEN_PID", "-42", "1"),
        ("LISTEN_FDS", "42", ""), ("LISTEN_FDS", "42", "+1"), ("LISTEN_FDS", "42", "-1"), ("LISTEN_FDS", "42", "65"),
        ("LISTEN_FDS", "42", "99999999999"), ("LISTEN_FDS", "42", "1 "),
    ])
    func anEnvironmentThatMakesNoSenseIsSaid(name: String, process: String, count: String) {
        let error = SocketActivation.Malformed.variable(name: name, value: name == "LISTEN_PID" ? process : count)
        #expect(throws: error) {
            try SocketActivation.descriptors(
                environment: ["LISTEN_PID": process, "LISTEN_FDS": count], processIdentifier: 42)
        }
    }

    @Test func anAddressOfAnotherMachineIsSaidPlainly() {
        // 192.0.2.0/24 is for documentation (RFC 5737).
        let endpoint = Endpoint.tcp(host: "192.0.2.1", port: 0)
        #expect(throws: TransportError.addressNotAvailable(endpoint)) { try EchoServer(on: endpoint) }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/net/if_inet6"), "this machine has no IPv6"))
    func anIPv6ListenerTakesIPv4AsWell() throws {
        let echo = try EchoServer(on: .tcp(host: "::", port: 0))
        guard case .tcp("::", let port) = echo.endpoint else {
            Issue.record("\(echo.endpoint)")
            return
        }
        #expect(try answers(.tcp(host: "127.0.0.1", port: port)) == "127.0.0.1")
        #expect(try answers(.tcp(host: "::1", port: port)) == "::1")
        #expect(echo.endpoint.description == "[::]:\(port)")
    }

    @Test func aUnixSocketIsThereWhileTheServerListens() throws {
        let path = temporaryPath()
        let echo = try EchoServer(on: .unix(path: path))
        #expect(try answers(echo.endpoint) == "none")
        #expect(throws: TransportError.addressInUse(echo.endpoint)) { try EchoServer(on: echo.endpoint) }
        #expect(try answers(echo.endpoint) == "none")
        echo.server.stopAccepting()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aUnixSocketLeftByADeadProcessIsReplaced() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let kept = temporaryPath()
        do {
            let first = try EchoServer(on: .unix(path: path))
            // Under another name the file survives its server.
            try FileManager.default.moveItem(atPath: path, toPath: kept)
            first.server.stopAccepting()
        }
        try FileManager.default.moveItem(atPath: kept, toPath: path)
        let second = try EchoServer(on: .unix(path: path))
        #expect(try answers(second.endpoint) == "none")
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: TransportError.notASocket(path: path)) { try EchoServer(on: .unix(path: path)) }
        #expect(FileManager.default.contents(atPath: path) == Data("precious".utf8))
    }

    @Test func aPathThatDoesNotFitIsRefused() {
        for path in ["", String(repeating: "x", count: 108), "a\0b"] {
            #expect(throws: TransportError.invalidPath(path, limit: 107)) { try EchoServer(on: .unix(path: path)) }
        }
    }
}
