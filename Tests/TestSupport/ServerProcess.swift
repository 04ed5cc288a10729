import Foundation

/// `multibox serve` as a process, on a port that the system chose unless the arguments say one.
package final class ServerProcess: Sendable {
    package let process: ChildProcess
    package let port: UInt16

    /// Starts it and waits until it listens. It drains without delay unless the arguments say otherwise.
    package init(listeningWith arguments: [String], environment: [String: String] = [:], openFiles: Int? = nil) throws {
        var arguments = ["serve", "--host", "127.0.0.1"] + arguments
        if !arguments.contains("--port") { arguments += ["--port", "0"] }
        if !arguments.contains("--drain-delay") { arguments += ["--drain-delay", "0s"] }
        let limit = try openFiles.map { ["-c", #"ulimit -n "$0"; exec "$@""#, String($0), try Program.multibox] }
        process = try ChildProcess(
            limit == nil ? try Program.multibox : "/bin/sh", (limit ?? []) + arguments, environment: environment)
        do {
            let endpoint = try process.output.line { line -> String? in
                guard let entry = Self.object(line), entry["message"] as? String == "listening" else { return nil }
                return entry["endpoint"] as? String
            }
            guard let port = endpoint.split(separator: ":").last.flatMap({ UInt16($0) }) else {
                throw Unexpected("it listens on \(endpoint)")
            }
            self.port = port
        } catch {
            process.end()
            throw Unexpected("\(error); standard error: \(process.errors.allLines)")
        }
    }

    /// Starts it with a model, the built-in one unless it is named, and waits until it is ready.
    package convenience init(
        model: String? = nil, _ arguments: [String] = [], environment: [String: String] = [:], openFiles: Int? = nil
    ) throws {
        try self.init(
            listeningWith: (model.map { ["--model", $0] } ?? []) + arguments, environment: environment,
            openFiles: openFiles)
        try event("ready")
        let ready = try get("/readyz")
        guard ready.status == 200 else { throw Unexpected("/readyz says \(ready.status) after the event") }
    }

    deinit { process.end() }

    /// Waits for an event in the log, after as many lines, and returns its members.
    @discardableResult
    package func event(_ message: String, after skipped: Int = 0) throws -> [String: String] {
        try process.output.line(after: skipped) { line in
            guard let entry = Self.object(line), entry["message"] as? String == message else { return nil }
            return entry.compactMapValues { $0 as? String }
        }
    }

    private static func object(_ line: String) -> [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    }

    // MARK: Requests

    package func connect() throws -> RawClient { try RawClient(port: port) }

    /// A connection on which content is awaited, so that it does not give way.
    package func busyConnection() throws -> RawClient {
        // Connections of before may still be about to end.
        while Date() < Patience.end {
            let connection = try connect()
            try connection.request(headers: ["Content-Length: 100000", "Expect: 100-continue"])
            if try connection.reply().status == 100 { return connection }
        }
        throw Unexpected("no content was asked for")
    }

    /// One request on a connection of its own.
    package func ask(
        _ method: String = "POST", _ target: String = "/detect", headers: [String] = [], body: [UInt8] = []
    ) throws -> Reply {
        let connection = try connect()
        try connection.request(method, target, headers: headers, body: body)
        return try connection.reply(toHEAD: method == "HEAD")
    }

    package func get(_ target: String) throws -> Reply { try ask("GET", target) }

    /// The value of a series in `/metrics`.
    package func metric(_ series: String) throws -> Double? {
        let line = try get("/metrics").text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.utf8.count + 1)) }
    }

    /// Resident memory in bytes.
    package var residentBytes: Int { get throws { try memory("VmRSS:") } }

    /// The most that was resident since `forgetPeak`, in bytes.
    package var peakBytes: Int { get throws { try memory("VmHWM:") } }

    /// From now on the peak is that of what follows.
    package func forgetPeak() throws {
        guard let file = fopen("/proc/\(process.identifier)/clear_refs", "w") else {
            throw Unexpected("clear_refs: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        fputs("5", file)
    }

    private func memory(_ name: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        guard let size = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
            throw Unexpected("\(name) is not in \(status)")
        }
        return size * 1024
    }
}
