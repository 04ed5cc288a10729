import Foundation
import Synchronization
import TestSupport

/// Clients that send photos until they are told to stop, and remember all that went wrong: no request may be lost.
final class PhotoLoad: Sendable {
    /// A body and what is found on it.
    struct Photo: Sendable {
        var body: [UInt8]
        var expected: [Found]
    }

    private struct Tally {
        var answered = 0
        var failures: [String] = []
        var slowest = Duration.zero
    }

    private let port: UInt16
    private let photos: [Photo]
    private let isOver = Atomic(false)
    private let tally = Mutex(Tally())

    init(port: UInt16, photos: [Photo]) { (self.port, self.photos) = (port, photos) }

    /// Photos as large as cameras make them, 30 to 300 kB and so more than HAProxy's usual buffer of 16 KiB.
    private static let bodies = Result {
        try [
            ColorPhoto(width: 192, height: 192, cells: [1: .green], grain: 30),
            ColorPhoto(width: 384, height: 256, cells: [4: .red, 13: .blue], grain: 30),
            ColorPhoto(width: 512, height: 512, cells: [7: .green], grain: 20),
        ].map { try $0.jpeg }
    }

    /// Photos with what a server finds on them.
    static func photos(askedOf server: ServerProcess) throws -> [Photo] {
        try bodies.get().map { body in
            let reply = try server.ask(body: body)
            guard reply.status == 200, body.count > 30_000 else {
                throw Unexpected("a photo of \(body.count) bytes is answered \(reply.status) \(reply.text)")
            }
            return Photo(body: body, expected: try reply.detections)
        }
    }

    var answered: Int { tally.withLock { $0.answered } }
    var failures: [String] { tally.withLock { $0.failures } }
    /// Requests, failures and the longest time for an answer.
    var summary: String {
        tally.withLock { "\($0.answered) answers, \($0.failures.count) requests failed, slowest \($0.slowest)" }
    }

    /// Waits until so many more requests were answered.
    func awaitAnswers(_ count: Int) throws {
        let goal = answered + count
        let end = Patience.end
        while Date() < end {
            if answered >= goal { return }
            usleep(10_000)
        }
        throw Unexpected("requests are not answered: \(summary)")
    }

    /// Lets as many clients ask while `events` happen. Half of them keep their connection, the others make one a request.
    func run(clients: Int, while events: @escaping @Sendable () throws -> Void) throws {
        isOver.store(false, ordering: .relaxed)
        _ = try onThreads(clients + 1) { [self] client in
            guard client == clients else { return ask(client) }
            defer { isOver.store(true, ordering: .relaxed) }
            try events()
        }
    }

    private func ask(_ client: Int) {
        var kept: RawClient?
        var turn = client
        // A broken balancer refuses thousands of requests a second, of which a few tell it all.
        while !isOver.load(ordering: .relaxed), failures.count < 1000 {
            let photo = photos[turn % photos.count]
            turn += 1
            let start = ContinuousClock.now
            var failure: String?
            do {
                let connection = try kept ?? RawClient(port: port)
                kept = nil
                try connection.request(body: photo.body)
                let reply = try connection.reply()
                if reply.status != 200 {
                    failure = "\(reply.status) \(reply.text)"
                } else if try reply.detections != photo.expected {
                    failure = "other detections: \(reply.text)"
                }
                if client.isMultiple(of: 2), reply.headers["connection"]?.lowercased() != "close" { kept = connection }
            } catch { failure = "\(error)" }
            let time = start.duration(to: .now)
            tally.withLock { tally in
                tally.answered += failure == nil ? 1 : 0
                tally.slowest = max(tally.slowest, time)
                if let failure { tally.failures.append(failure) }
            }
        }
    }
}
