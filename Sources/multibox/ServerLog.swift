import Foundation
import JSON
import MultiBox
import Serving

/// The service's log: a line for each request and each event of its life.
final class ServerLog: Sendable {
    private let writer: LogWriter
    private let isJSON: Bool
    private let logsRequests: Bool

    init(_ format: LogFormat) {
        switch format {
        case .auto: isJSON = !StandardOutput.isTerminal
        case .json: isJSON = true
        case .text, .quiet: isJSON = false
        }
        logsRequests = format != .quiet
        writer = LogWriter { [isJSON] loss in
            Self.line("log lines were lost", ["lines": "\(loss.lines)", "reason": loss.reason], isError: true, isJSON)
        }
    }

    /// Lines that could not be written, or found no room while the reader was slow.
    var lostLines: Int { writer.lostLines }

    /// An event, with what belongs to it.
    func event(_ message: String, _ details: KeyValuePairs<StaticString, String> = [:], isError: Bool = false) {
        writer.write(Self.line(message, details, isError: isError, isJSON))
    }

    private static func line(
        _ message: String, _ details: KeyValuePairs<StaticString, String>, isError: Bool, _ isJSON: Bool
    ) -> [UInt8] {
        guard isJSON else {
            // What is quoted of files and names stays on its line and cannot act on a terminal.
            let details = details.map { " \($0.key)=\($0.value.printable(limit: Failure.maximumLength))" }.joined()
            return Array("\(Timestamp.now()) \(isError ? "error: " : "")\(message.printable)\(details)\n".utf8)
        }
        var json = JSONWriter()
        json.object { json in
            json.member("time", Timestamp.now())
            json.member("level", isError ? "error" : "info")
            json.member("message", message)
            for (name, value) in details { json.member(name, value) }
        }
        return json.finish()
    }

    /// A request that was answered.
    func request(_ record: AccessRecord) {
        guard logsRequests else { return }
        writer.write(isJSON ? json(record) : text(record))
    }

    /// Waits until everything was written.
    func flush() { writer.flush() }

    private func text(_ record: AccessRecord) -> [UInt8] {
        var line = "\(Timestamp.now()) \(record.status) \(record.method ?? "-") \(record.route)"
        line += " \(record.duration.milliseconds.fixed(1)) ms"
        if let stages = record.stages {
            line += " (decode \(stages.decode.milliseconds.fixed(1)), queue \(stages.queue.milliseconds.fixed(1)),"
            line += " inference \(stages.inference.milliseconds.fixed(1)))"
        }
        return Array((line + " \(record.requestID)\n").utf8)
    }

    private func json(_ record: AccessRecord) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("time", Timestamp.now())
            json.member("level", "info")
            json.member("message", "request")
            json.member("request_id", record.requestID)
            if let trace = record.traceID { json.member("trace_id", trace) }
            if let span = record.spanID { json.member("span_id", span) }
            if let method = record.method { json.member("method", method) }
            json.member("route", record.route)
            json.member("status", record.status)
            json.member("bytes_in", record.bytesIn)
            json.member("bytes_out", record.bytesOut)
            json.member("images", record.images)
            if let address = record.remoteAddress { json.member("remote", address) }
            json.member("duration_ms", record.duration.milliseconds, decimals: 3)
            if let stages = record.stages {
                json.member("decode_ms", stages.decode.milliseconds, decimals: 3)
                json.member("queue_ms", stages.queue.milliseconds, decimals: 3)
                json.member("inference_ms", stages.inference.milliseconds, decimals: 3)
                json.member("postprocess_ms", stages.postprocess.milliseconds, decimals: 3)
            }
        }
        return json.finish()
    }
}
