/// What one server did with one case.
struct Observation {
    var answers: [ReceivedAnswer] = []
    var ending = "silent"
    var faults: [String] = []

    /// Statuses and ending in one line.
    var summary: String { "\(answers.map { "\($0.status)" }.joined(separator: " ")) \(ending)" }

    /// Puts a case to a server.
    init(_ test: ConformanceCase, host: String, port: UInt16, patience: Int) throws {
        let client = try RawClient(host: host, port: port, patience: patience)
        for step in test.steps {
            switch step {
            case .send(let bytes): client.send(bytes)
            case .trickle(let bytes): for byte in bytes { client.send([byte]) }
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
    private mutating func readAnswer(_ client: RawClient, _ isToHead: Bool) -> Bool {
        switch ReceivedAnswer.read(from: client, isToHead: isToHead) {
        case .success(let answer):
            answers.append(answer)
            faults += answer.faults
            return true
        case .failure(.end(let rest)):
            ending = "closed"
            if !rest.isEmpty { faults.append("\(rest.count) bytes behind the last answer") }
        case .failure(.reset): ending = "reset"
        case .failure(.silence): ending = "silent"
        }
        return false
    }

    /// One more request on the connection shows whether both sides agree where the last one ended.
    private mutating func probe(_ client: RawClient) {
        client.send(octets("GET /livez?probe HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n"))
        switch ReceivedAnswer.read(from: client, isToHead: false) {
        case .success(let answer) where answer.status == 200:
            ending = "open"
            faults += answer.faults
            guard case .failure(.end(let rest)) = ReceivedAnswer.read(from: client, isToHead: false), rest.isEmpty
            else { return faults.append("something follows the last answer") }
        case .success(let answer): ending = "then \(answer.status)"
        case .failure(.end): ending = "closed"
        case .failure(.reset): ending = "reset"
        case .failure(.silence): ending = "silent"
        }
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
                if !answer.content.contains(text) { differences.append("content lacks \(content)") }
            }
        }
        if let last = answers.last, last.status >= 200, summary == "\(wanted) \(end)", !test.endsOutput {
            if last.closes != (test.ending == .closed) { differences.append("Connection: close is \(last.closes)") }
        }
        for answer in answers.dropLast() where answer.closes { differences.append("closes before the last answer") }
        return differences
    }
}
