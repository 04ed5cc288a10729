import Foundation
import HTTP
import Platform
import TestSupport
import Testing
import Transport

/// A client's connection: what becomes of servers that are not there, say nothing, or end too early.
@Suite struct ClientConnectionTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    /// A server of one connection, which answers each request (until an empty line) with the next of `answers` and then
    /// ends.
    private func serve(_ answers: [String], reads: Bool = true) throws -> Endpoint {
        let (listener, port) = try InheritedSocket.listening()
        let thread = BackgroundThread(name: "server") {
            let connection = accept(listener, nil, nil)
            close(listener)
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            for answer in answers {
                var received: [UInt8] = []
                while reads, !String(decoding: received, as: UTF8.self).contains("\r\n\r\n") {
                    let count = read(connection, &buffer, buffer.count)
                    guard count > 0 else { break }
                    received += buffer[..<count]
                }
                let bytes = Array(answer.utf8)
                _ = write(connection, bytes, bytes.count)
            }
            close(connection)
        }
        // The thread ends with its connection.
        if thread == nil { throw Unexpected("no thread could be started") }
        return .tcp(host: "127.0.0.1", port: port)
    }

    private let head = Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8)

    @Test func `one request after the other on one connection`() throws {
        let endpoint = try serve([Self.answer, Self.answer])
        var connection = try ClientConnection(to: endpoint, timeout: .seconds(60))
        for _ in 0..<2 {
            let response = try connection.ask(head, [])
            #expect(response.status == .ok && response.body == Array("ok".utf8))
            let isReusable = connection.isReusable
            #expect(isReusable)
        }
        // The server is gone by now, without a word.
        let error = #expect(throws: ClientError.self) { _ = try connection.ask(head, []) }
        #expect(error == .closed(endpoint))
    }

    @Test func `an answer that ends too early, or is none`() throws {
        for (text, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", ResponseError.truncated),
            ("220 mail.invalid ESMTP\r\n", .malformedStatusLine),
        ] {
            let endpoint = try serve([text])
            var connection = try ClientConnection(to: endpoint, timeout: .seconds(60))
            let error = #expect(throws: ClientError.self) { _ = try connection.ask(head, []) }
            #expect(error == .response(endpoint, expected))
        }
    }

    @Test func `an answer in the middle of a request is taken, and ends the use of the connection`() throws {
        let endpoint = try serve(["HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno"])
        var connection = try ClientConnection(to: endpoint, timeout: .seconds(60))
        // More than a socket holds.
        let response = try connection.ask(head, [UInt8](repeating: 0, count: 64 << 20))
        #expect(response.status == .contentTooLarge)
        let isReusable = connection.isReusable
        #expect(!isReusable)
    }

    @Test func `a server that says nothing is waited for so long and no longer`() throws {
        let (listener, port) = try InheritedSocket.listening()
        defer { close(listener) }
        let endpoint = Endpoint.tcp(host: "127.0.0.1", port: port)
        var connection = try ClientConnection(to: endpoint, timeout: .milliseconds(50))
        let error = #expect(throws: ClientError.self) { _ = try connection.ask(head, []) }
        #expect(error == .timeout(endpoint, .milliseconds(50)))
    }

    @Test func `nobody is there`() throws {
        let (listener, port) = try InheritedSocket.listening()
        close(listener)
        let endpoint = Endpoint.tcp(host: "127.0.0.1", port: port)
        #expect(throws: ClientError.notConnected(endpoint, reason: "Connection refused")) {
            _ = try ClientConnection(to: endpoint, timeout: .seconds(60))
        }
        let path = Endpoint.unix(path: "/nowhere/at/all")
        #expect(throws: ClientError.notConnected(path, reason: "No such file or directory")) {
            _ = try ClientConnection(to: path, timeout: .seconds(60))
        }
        #expect {
            _ = try ClientConnection(to: .tcp(host: "nowhere.invalid", port: 80), timeout: .seconds(60))
        } throws: { error in
            if case .hostNotFound("nowhere.invalid", _)? = error as? ClientError { true } else { false }
        }
    }
}
