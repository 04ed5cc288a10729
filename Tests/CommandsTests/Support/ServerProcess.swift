import Foundation
import Testing

/// `multibox serve` as a process, on a port that the system chose unless the arguments say one.
final class ServerProcess: Sendable {
    let process: ChildProcess
    let port: UInt16

    /// Starts it and waits until it listens. It drains without delay unless the arguments say otherwise.
    init(listeningWith arguments: [String], environment: [String: String] = [:], openFiles: Int? = nil) throws {
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
            port = try #require(endpoint.split(separator: ":").last.flatMap { UInt16($0) })
        } catch {
            process.end()
            throw Unexpected("\(error); standard error: \(process.errors.allLines)")
        }
    }

    /// Starts it with a model and waits until it is ready.
    convenience init(
        model: String, _ arguments: [String] = [], environment: [String: String] = [:], openFiles: Int? = nil
    ) throws {
        try self.init(
            listeningWith: ["--model", model] + arguments, environment: environment, openFiles: openFiles)
        try event("ready")
        let ready = try get("/readyz")
        guard ready.status == 200 else { throw Unexpected("/readyz says \(ready.status) after the event") }
    }

    deinit { process.end() }

    /// Waits for an event in the log, after as many lines, and returns its members.
    @discardableResult
    func event(_ message: String, after skipped: Int = 0) throws -> [String: String] {
        try process.output.line(after: skipped) { line in
            guard let entry = Self.object(line), entry["message"] as? String == message else { return nil }
            return entry.compactMapValues { $0 as? String }
        }
    }

    private static func object(_ line: String) -> [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    }

    // MARK: Requests

    func connect() throws -> RawConnection { try RawConnection(port: port) }

    /// A connection on which content is awaited, so that it does not give way.
    func busyConnection() throws -> RawConnection {
        // Connections of before may still be about to end.
        while Date() < Patience.end {
            let connection = try connect()
            try connection.request(headers: ["Content-Length: 100000", "Expect: 100-continue"])
            if try connection.reply().status == 100 { return connection }
        }
        throw Unexpected("no content was asked for")
    }

    /// One request on a connection of its own.
    func ask(
        _ method: String = "POST", _ target: String = "/detect", headers: [String] = [], body: [UInt8] = []
    ) throws -> Reply {
        let connection = try connect()
        try connection.request(method, target, headers: headers, body: body)
        return try connection.reply(toHEAD: method == "HEAD")
    }

    func get(_ target: String) throws -> Reply { try ask("GET", target) }

    /// The value of a series in `/metrics`.
    func metric(_ series: String) throws -> Double? {
        let line = try get("/metrics").text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.utf8.count + 1)) }
    }

    /// Resident memory in bytes.
    var residentBytes: Int { get throws { try memory("VmRSS:") } }

    /// The most that was resident since `forgetPeak`, in bytes.
    var peakBytes: Int { get throws { try memory("VmHWM:") } }

    /// From now on the peak is that of what follows.
    func forgetPeak() throws {
        let file = try #require(fopen("/proc/\(process.identifier)/clear_refs", "w"))
        defer { fclose(file) }
        fputs("5", file)
    }

    private func memory(_ name: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name) })
        let fields = line.split(whereSeparator: \.isWhitespace)
        return try #require(fields.count > 1 ? Int(fields[1]) : nil) * 1024
    }
}
