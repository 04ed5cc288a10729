import Foundation
import JSON
import MultiBox
import Serving
import Synchronization

/// The service's log: a line for each request and each event of its life, of those that matter enough.
///
/// Text that may come from outside is escaped in both formats: no line begins or ends, and no terminal is controlled, but by us.
final class ServerLog: Sendable {
    /// A member of an event's line.
    typealias Detail = (key: StaticString, value: String)

    private let writer: LogWriter
    private let isJSON: Bool
    private let logsRequests: Bool
    private let threshold: LogLevel
    private let sampling: LogSampling
    /// Whether lines name clients by their addresses.
    let showsAddresses: Bool
    /// Whether the last answer of each probe was a failure.
    private let failingProbes = Mutex<[String: Bool]>([:])

    /// - Parameters:
    ///   - level: the least level that is written.
    ///   - addresses: whether lines name clients by their addresses.
    ///   - sampling: which requests are left out.
    init(
        _ format: LogFormat, level: LogLevel = .info, addresses: LogAddresses = .on,
        sampling: LogSampling = LogSampling()
    ) {
        self.sampling = sampling
        switch format {
        case .auto: isJSON = !StandardOutput.isTerminal
        case .json: isJSON = true
        case .text, .quiet: isJSON = false
        }
        logsRequests = format != .quiet
        threshold = level
        showsAddresses = addresses == .on
        writer = LogWriter { [isJSON] loss in
            Self.line(
                "log lines were lost", [("lines", "\(loss.lines)"), ("reason", loss.reason)], level: .error, isJSON)
        }
    }

    /// Lines that could not be written, or found no room while the reader was slow.
    var lostLines: Int { writer.lostLines }

    /// Waits until everything was written.
    func flush() { writer.flush() }

    // MARK: Events

    /// An event, with what belongs to it.
    func event(_ message: String, _ details: KeyValuePairs<StaticString, String> = [:], level: LogLevel = .info) {
        event(message, details.map { $0 }, level: level)
    }

    /// The same with members that are not always there.
    func event(_ message: String, _ details: [Detail], level: LogLevel) {
        guard level >= threshold else { return }
        writer.write(Self.line(message, details, level: level, isJSON))
    }

    private static func line(_ message: String, _ details: [Detail], level: LogLevel, _ isJSON: Bool) -> [UInt8] {
        guard isJSON else {
            let details = details.map { " \($0.key)=\($0.value.printable(limit: Failure.maximumLength))" }.joined()
            return Array("\(Timestamp.now()) \(prefix(level))\(message.printable)\(details)\n".utf8)
        }
        var json = JSONWriter()
        json.object { json in
            json.member("time", Timestamp.now())
            json.member("level", level.rawValue)
            json.member("message", message.printable)
            for (name, value) in details { json.member(name, value.printable) }
        }
        return json.finish()
    }

    private static func prefix(_ level: LogLevel) -> String { level >= .warning ? "\(level.rawValue): " : "" }

    // MARK: Requests

    /// A request that was answered.
    func request(_ record: AccessRecord) {
        guard logsRequests else { return }
        let level = level(of: record)
        guard level >= threshold else { return }
        // A line that tells of a change of what probes say stands for itself.
        let isChange = record.isProbe && level != .debug
        switch isChange ? .always : sampling.choose(record) {
        case .leftOut: return
        case .always: writer.write(isJSON ? json(record, level) : text(record, level))
        case .oneOf(let rate): writer.write(isJSON ? json(record, level, rate) : text(record, level, rate))
        }
    }

    /// Probes come every second or so: they are told of when what they say changes. Of the others, what the service did
    /// not do is worth a warning, what a client did wrong is not.
    private func level(of record: AccessRecord) -> LogLevel {
        let fails = record.status >= 500
        if record.isProbe, fails || record.status < 400 {
            let changes = failingProbes.withLock { failing in
                failing.updateValue(fails, forKey: record.route) ?? false != fails
            }
            return changes ? (fails ? .warning : .info) : .debug
        }
        switch record.status {
        case 500: return .error
        case 503, 504: return .warning
        default: return .info
        }
    }

    private func text(_ record: AccessRecord, _ level: LogLevel, _ rate: Int? = nil) -> [UInt8] {
        var line = "\(Timestamp.now()) \(Self.prefix(level))\(record.status) \(record.method ?? "-") \(record.route)"
        line += " \(record.duration.milliseconds.fixed(1)) ms"
        if let stages = record.stages {
            line += " (decode \(stages.decode.milliseconds.fixed(1)), queue \(stages.queue.milliseconds.fixed(1)),"
            line += " inference \(stages.inference.milliseconds.fixed(1)))"
        }
        if let model = record.model { line += " model=\(model)" }
        line += " \(record.requestID)"
        if record.parentSpanID != nil { line += " trace=\(record.traceID)" }
        if let rate { line += " sampling=1/\(rate)" }
        if let key = record.key { line += " key=\(key)" }
        if let problem = record.problem {
            if showsAddresses, let address = record.remoteAddress { line += " remote=\(address.printable)" }
            line += " \(problem)"
            if let reason = record.reason { line += ": \(reason.printable)" }
        }
        return Array((line + "\n").utf8)
    }

    private func json(_ record: AccessRecord, _ level: LogLevel, _ rate: Int? = nil) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("time", Timestamp.now())
            json.member("level", level.rawValue)
            json.member("message", "request")
            json.member("request_id", record.requestID)
            json.member("trace_id", record.traceID)
            json.member("span_id", record.spanID)
            if let parent = record.parentSpanID { json.member("parent_span_id", parent) }
            if let rate { json.member("sampling", rate) }
            if let method = record.method { json.member("method", method) }
            json.member("route", record.route)
            json.member("status", record.status)
            if let problem = record.problem { json.member("problem", problem) }
            if let reason = record.reason { json.member("reason", reason.printable) }
            json.member("bytes_in", record.bytesIn)
            json.member("bytes_out", record.bytesOut)
            json.member("images", record.images)
            if let model = record.model { json.member("model", model) }
            if showsAddresses, let address = record.remoteAddress { json.member("remote", address.printable) }
            if let key = record.key { json.member("key", key) }
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
