import TestSupport
import Transport

/// What one server did with one case.
struct Observation {
    var answers: [Reply] = []
    var ending = "silent"
    var faults: [String] = []

    /// Statuses and ending in one line.
    var summary: String { "\(answers.map { "\($0.status)" }.joined(separator: " ")) \(ending)" }

    /// Puts a case to a server.
    init(_ test: ConformanceCase, at endpoint: Endpoint, patience: Int) throws {
        let client = try RawClient(endpoint, patience: patience)
        for step in test.steps {
            switch step {
            // A server that has refused the request may be gone before all of it is sent.
            case .send(let bytes): try? client.send(bytes)
            case .trickle(let bytes): for byte in bytes { try? client.send([byte]) }
            case .awaitAnswer:
                let isToHead = answers.count < test.answers.count && test.answers[answers.count].isToHead
                guard readAnswer(client, isToHead) else { return }
            case .endOutput: client.endOutput()
            }
        }
        while answers.count < test.answers.count {
            guard readAnswer(client, test.answers[answers.count].isToHead) else { return }
        }
        if test.ending == .open {
            probe(client)
        } else {
            while readAnswer(client, false) {}
        }
    }

    /// False where there is no further answer; then it is known how the connection ended.
    private mutating func readAnswer(_ client: RawClient, _ toHEAD: Bool) -> Bool {
        do {
            let answer = try Reply(from: client, toHEAD: toHEAD)
            answers.append(answer)
            faults += Self.faults(of: answer)
            return true
        } catch {
            ending = Self.ending(error)
            if case RawClient.Failure.end(let rest) = error, !rest.isEmpty {
                faults.append("\(rest.count) bytes behind the last answer")
            }
            return false
        }
    }

    /// What is wrong with the form of an answer. A final one has a date (RFC 9110, section 6.6.1).
    private static func faults(of answer: Reply) -> [String] {
        guard answer.status >= 200 else { return answer.faults }
        let dates = answer.values("date")
        let isDated = dates.count == 1 && dates[0].utf8.count == 29 && dates[0].hasSuffix(" GMT")
        return answer.faults + (isDated ? [] : ["no Date"])
            + (answer.values("server").count > 1 ? ["two Server fields"] : [])
    }

    private static func ending(_ error: any Error) -> String {
        switch error {
        case RawClient.Failure.end: "closed"
        case RawClient.Failure.silence: "silent"
        default: "reset"
        }
    }

    /// One more request on the connection shows whether both sides agree where the last one ended.
    private mutating func probe(_ client: RawClient) {
        try? client.send("GET /livez?probe HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n")
        do {
            let answer = try Reply(from: client, toHEAD: false)
            guard answer.status == 200 else { return ending = "then \(answer.status)" }
            ending = "open"
            faults += Self.faults(of: answer)
        } catch { return ending = Self.ending(error) }
        guard (try? client.isAtEnd()) == true else { return faults.append("something follows the last answer") }
    }

    /// How this differs from what the case asks; the content only where the server echoes.
    func differences(from test: ConformanceCase, echoes: Bool) -> [String] {
        var differences = faults
        let wanted = test.answers.map { "\($0.status)" }.joined(separator: " ")
        let end = test.ending == .open ? "open" : "closed"
        if summary != "\(wanted) \(end)" { differences.append("got \(summary), want \(wanted) \(end)") }
        for (answer, want) in zip(answers, test.answers) where answer.status == want.status {
            for (name, value) in want.fields {
                let found = answer.values(name)
                if found != (value.map { [$0] } ?? []) { differences.append("\(name) is \(found)") }
            }
            if echoes, let content = want.content {
                let text = octets(content).elementsEqual(Array(content.utf8)) ? octets(content) : Array(content.utf8)
                if !answer.body.contains(text) { differences.append("content lacks \(content)") }
            }
        }
        if let last = answers.last, last.status >= 200, summary == "\(wanted) \(end)", !test.endsOutput {
            if last.closes != (test.ending == .closed) { differences.append("Connection: close is \(last.closes)") }
        }
        for answer in answers.dropLast() where answer.closes { differences.append("closes before the last answer") }
        return differences
    }
}
