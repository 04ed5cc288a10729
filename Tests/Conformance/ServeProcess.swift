import Foundation

/// The real program, serving its built-in model on a port of loopback.
final class ServeProcess: Sendable {
    let port: UInt16
    private let pid: pid_t
    private let process: Process

    /// The program beside this test, or what `MULTIBOX_BINARY` names.
    static var binary: String {
        ProcessInfo.processInfo.environment["MULTIBOX_BINARY"]
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
                "multibox"
            )
            .path
    }

    /// Starts the program, under a limit of open files if one is given, and waits until it is ready.
    init(_ arguments: [String] = [], openFiles: Int? = nil) throws {
        let process = Process()
        self.process = process
        let limit = openFiles.map { "ulimit -n \($0); " } ?? ""
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments =
            [
                "-c", limit + #"exec "$@""#, "sh", Self.binary, "serve", "--port", "0", "--log-format", "quiet",
            ] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        pid = process.processIdentifier
        var text = ""
        while !text.contains(" ready ") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw RawClient.Failure(description: "the program has ended: \(text)") }
            text += String(decoding: data, as: UTF8.self)
        }
        let endpoint = text.split(separator: "endpoint=127.0.0.1:").dropFirst().first?.prefix { $0.isNumber }
        guard let port = endpoint.flatMap({ UInt16($0) }) else {
            throw RawClient.Failure(description: "no endpoint in \(text)")
        }
        self.port = port
    }

    deinit {
        kill(pid, SIGKILL)
        process.waitUntilExit()
    }

    var isRunning: Bool { process.isRunning }

    /// Sends a signal.
    func send(_ signal: CInt) { kill(pid, signal) }

    /// Bytes of memory in use.
    var residentBytes: Int {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    /// A client of the program.
    func client(patience: Int = 20) throws -> RawClient {
        try RawClient(host: "127.0.0.1", port: port, patience: patience)
    }

    /// The value of a series of `/metrics`.
    func metric(_ series: String) throws -> Double? {
        let client = try client()
        client.send(octets("GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
        guard case .success(let answer) = ReceivedAnswer.read(from: client, isToHead: false) else { return nil }
        let lines = String(decoding: answer.content, as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix(series + " ") }.flatMap { Double($0.dropFirst(series.utf8.count + 1)) }
    }
}
