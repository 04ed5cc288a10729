import Foundation
import TestSupport
import Testing

/// HAProxy with the configuration of `Deploy` in front of two replicas on ports of this machine.
final class Balancer: Sendable {
    static let configuration = Program.repository + "/Deploy/haproxy.cfg"

    let process: ChildProcess
    let port: UInt16

    /// Starts it and waits until it listens.
    init(_ replicas: [UInt16]) throws {
        port = try freePort()
        process = try ChildProcess(
            try #require(Program.haproxy), ["-db", "-f", Self.configuration],
            environment: [
                "FRONTEND": "127.0.0.1:\(port)", "REPLICA_1": "127.0.0.1:\(replicas[0])",
                "REPLICA_2": "127.0.0.1:\(replicas[1])",
            ])
        do { try awaitListening() } catch {
            process.end()
            throw error
        }
    }

    deinit { process.end() }

    /// Its process is there before it listens.
    private func awaitListening() throws {
        for _ in 0..<6000 where !process.hasEnded {
            if (try? RawClient(port: port)) != nil { return }
            usleep(10_000)
        }
        throw Unexpected("HAProxy does not listen: \(process.errors.allLines)")
    }

    /// Lines that it has written so far.
    var lines: Int { process.output.allLines.count }

    /// Waits for a change of a replica's state, in lines after those.
    func awaitState(_ replica: Int, _ state: String, after lines: Int) throws {
        let text = "detectors/replica\(replica) is \(state)"
        _ = try process.output.line(after: lines) { $0.contains(text) ? $0 : nil }
    }

    /// Waits until a replica gets requests: it does from the start, unless what was last said of it is that it is down.
    func awaitUp(_ replica: Int) throws {
        let lines = process.output.allLines
        guard let last = lines.lastIndex(where: { $0.contains("detectors/replica\(replica) is ") }),
            lines[last].contains(" is DOWN")
        else { return }
        try awaitState(replica, "UP", after: last + 1)
    }
}
