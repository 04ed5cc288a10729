import Testing

/// What one client sends on one connection, and what the standard and this server's contract ask of the answers.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
    /// What the client does, in order.
    enum Step: Sendable {
        /// Sends bytes at once.
        case send([UInt8])
        /// Sends bytes one at a time, each in a segment of its own.
        case trickle([UInt8])
        /// Waits for one answer.
        case awaitAnswer
        /// Ends its sending side.
        case endOutput
    }

    /// One answer.
    struct Answer: Sendable {
        var status: Int
        /// Whether it answers `HEAD`, so that no content follows its head.
        var isToHead = false
        /// Fields by name in lower case; `nil` for one that must be absent.
        var fields: [String: String?] = [:]
        /// What its content must contain, where the server echoes.
        var content: String?
    }

    /// What the server does once it has given the answers.
    enum Ending: Sendable {
        /// It keeps the connection: one more request is answered as if nothing had been before it.
        case open
        /// It ends the connection by itself, after it has said so in its last answer, if there is one.
        case closed
        /// It ends the connection without a word.
        case hungUp
    }

    /// Which servers a case can be put to.
    enum Scope: Sendable {
        /// Any server with a `GET /livez`: the request does not reach a route of its own.
        case any
        /// Servers with the routes of the echo server.
        case echo
    }

    /// What is tested.
    let name: String
    /// Where the standard says so.
    let clause: String
    var steps: [Step]
    var answers: [Answer]
    var ending: Ending
    var scope = Scope.any

    var testDescription: String { "\(name) (\(clause))" }

    /// Whether the client ends its side, which lets the server close without a word.
    var endsOutput: Bool {
        steps.contains { if case .endOutput = $0 { true } else { false } }
    }

    /// The same case for servers without the routes of the echo server: the content goes to `GET /livez`.
    var onProbe: ConformanceCase {
        var copy = self
        copy.steps = steps.map { step in
            switch step {
            case .send(let bytes): .send(Self.onProbe(bytes))
            case .trickle(let bytes): .trickle(Self.onProbe(bytes))
            case .awaitAnswer, .endOutput: step
            }
        }
        return copy
    }

    private static func onProbe(_ bytes: [UInt8]) -> [UInt8] {
        let from = Array("POST /echo ".utf8)
        let to = Array("GET /livez ".utf8)
        var rest = bytes[...]
        var result: [UInt8] = []
        while !rest.isEmpty {
            if rest.starts(with: from) {
                result += to
                rest = rest.dropFirst(from.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}

// MARK: - How the tables are written

/// The bytes of text; `\u{80}`…`\u{FF}` stand for the octets of that value.
func octets(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

extension ConformanceCase {
    /// A request that is answered with an error, which ends the connection.
    static func refused(_ status: Int, _ name: String, _ clause: String, _ bytes: String) -> ConformanceCase {
        ConformanceCase(
            name: name, clause: clause, steps: [.send(octets(bytes))], answers: [Answer(status: status)],
            ending: .closed)
    }

    /// A request that is served, after which the connection persists.
    static func served(
        _ name: String, _ clause: String, _ bytes: String, _ status: Int = 200, _ content: String? = nil,
        fields: [String: String?] = [:], scope: Scope = .any
    ) -> ConformanceCase {
        ConformanceCase(
            name: name, clause: clause, steps: [.send(octets(bytes))],
            answers: [Answer(status: status, fields: fields, content: content)], ending: .open, scope: scope)
    }

    /// A request that is served, after which the server closes.
    static func last(
        _ name: String, _ clause: String, _ bytes: String, _ status: Int = 200, scope: Scope = .any
    ) -> ConformanceCase {
        ConformanceCase(
            name: name, clause: clause, steps: [.send(octets(bytes))], answers: [Answer(status: status)],
            ending: .closed, scope: scope)
    }

    /// A request with these field lines, `Host` among them.
    static func fields(_ lines: String) -> String { "GET /livez HTTP/1.1\r\nHost: h\r\n\(lines)\r\n\r\n" }

    /// A request with chunked content, which these bytes are.
    static func chunked(_ bytes: String) -> String {
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\(bytes)"
    }

    /// A request with content framed by these field lines.
    static func content(_ lines: String, _ bytes: String) -> String {
        "POST /echo HTTP/1.1\r\nHost: h\r\n\(lines)\r\n\r\n\(bytes)"
    }
}
