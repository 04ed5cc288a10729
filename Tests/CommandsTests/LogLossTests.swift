import TestSupport
import Foundation
import Testing

/// A log that cannot be written: no request waits for it, what is lost is counted, and the log tells.
@Suite(.endToEnd)
struct LogLossTests {
    private let folder: TemporaryFolder
    private let model: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
    }

    /// The service with its standard output redirected by a shell.
    private func process(_ arguments: [String], output: String) throws -> ChildProcess {
        try ChildProcess(
            "/bin/sh",
            [
                "-c", #"exec "$@" >"$0""#, output, try Program.multibox, "serve", "--model", model, "--drain-delay",
                "0s", "--log-level", "debug",
            ]
                + arguments)
    }

    /// Connects as soon as somebody listens.
    private func connect(_ port: UInt16) throws -> RawClient {
        let end = Patience.end
        while true {
            do { return try RawClient(port: port) } catch { if Date() > end { throw error } }
            sched_yield()
        }
    }

    private func lostLines(_ connection: RawClient) throws -> Int {
        try connection.request("GET", "/metrics")
        let series = "multibox_log_lines_lost_total "
        let line = try connection.reply().text.split(separator: "\n").first { $0.hasPrefix(series) }
        return try #require(line.flatMap { Int($0.dropFirst(series.count)) })
    }

    /// Sends many requests at once, so that there is much to log; all must be answered.
    private func ask(_ count: Int, _ connection: RawClient) throws {
        let request = "GET /livez HTTP/1.1\r\nHost: h\r\nX-Request-Id: \(String(repeating: "i", count: 120))\r\n\r\n"
        for start in stride(from: 0, to: count, by: 50) {
            let batch = min(50, count - start)
            try connection.send(String(repeating: request, count: batch))
            for _ in 0..<batch { #expect(try connection.reply().status == 200) }
        }
    }

    @Test("On a full disk")
    func fullDisk() throws {
        let port = try freePort()
        let process = try process(["--port", "\(port)"], output: "/dev/full")
        defer { process.end() }
        let connection = try connect(port)
        try ask(200, connection)
        // The lines wait for the thread that writes them.
        let end = Patience.end
        while try lostLines(connection) < 200, Date() < end { sched_yield() }
        #expect(try lostLines(connection) >= 200)
        process.send(SIGTERM)
        #expect(try process.wait() == .status(0))
        // Once, not once a line.
        let errors = String(decoding: try process.errors.allBytes(), as: UTF8.self)
        #expect(errors == "multibox: the log cannot be written: No space left on device\n")
    }

    @Test("On a pipe that nobody reads, then somebody does, then has gone")
    func silentReader() throws {
        let pipe = folder.path + "/log"
        try #require(mkfifo(pipe, 0o600) == 0)
        // Not waiting for the writer, who waits for us and must not have the end for reading.
        let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(reader >= 0)
        let port = try freePort()
        let process = try process(["--port", "\(port)"], output: pipe)
        defer { process.end() }
        let connection = try connect(port)
        // 1 MiB waits in memory and 64 KiB in the pipe.
        try ask(5000, connection)
        let lost = try lostLines(connection)
        #expect(lost > 0 && lost < 5000)
        // A reader that is back.
        _ = fcntl(reader, F_SETFL, 0)
        let lines = LineCapture(reader)
        let told = try lines.line { line -> Int? in
            guard line.contains("log lines were lost"), line.contains("their reader is slow") else { return nil }
            return line.split(separator: "\"lines\":\"").last.flatMap { Int($0.prefix { $0.isNumber }) }
        }
        #expect(told >= lost)
        #expect(
            lines.allLines.allSatisfy { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) is [String: Any] })
        try ask(10, connection)
        process.send(SIGTERM)
        #expect(try process.wait() == .status(0))
    }

    @Test("Into a pipe whose reader has gone")
    func goneReader() throws {
        let pipe = folder.path + "/log"
        try #require(mkfifo(pipe, 0o600) == 0)
        let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(reader >= 0)
        let port = try freePort()
        let process = try process(["--port", "\(port)"], output: pipe)
        defer { process.end() }
        let connection = try connect(port)
        close(reader)
        try ask(200, connection)
        let end = Patience.end
        while try lostLines(connection) < 100, Date() < end { sched_yield() }
        #expect(try lostLines(connection) >= 100)
        // Another reader is told what is missing.
        let again = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(again >= 0)
        _ = fcntl(again, F_SETFL, 0)
        let lines = LineCapture(again)
        try ask(1, connection)
        let line = try lines.line { $0.contains("log lines were lost") ? $0 : nil }
        #expect(line.contains("Broken pipe"))
        process.send(SIGTERM)
        #expect(try process.wait() == .status(0))
    }
}
