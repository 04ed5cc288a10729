import Foundation
import HTTP
import JSON
import Synchronization
import Transport

/// Asks a service, one request after the other on a connection that is kept; who is turned away for a while waits and asks
/// again.
///
/// `@unchecked Sendable`: the connection is touched by one thread at a time, that of the worker whose client it is.
final class ServiceClient: @unchecked Sendable {
    /// How long a service may turn a request away, all tries together.
    static let patience = Duration.seconds(300)
    /// What is waited where nothing says how long.
    private static let usualWait = Duration.seconds(1)
    /// The largest answer: a thousand detections take a fifth of a mebibyte.
    private static let maximumAnswerBytes = 8 << 20

    /// An answer and the time that it took, without what was waited before.
    struct Answer {
        let body: [UInt8]
        let duration: Duration
        /// How often the service turned the request away before.
        let refusals: Int
    }

    private let url: ServiceURL
    private let key: String?
    private let timeout: Duration
    private var connection: ClientConnection?
    private let isCancelled = Atomic(false)

    init(_ url: ServiceURL, key: String?, timeout: Duration) {
        self.url = url
        self.key = key
        self.timeout = timeout
    }

    /// Ends a wait that is under way, and all later ones, at once.
    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    /// The content of the answer to a request.
    ///
    /// - Throws: `Failure`, naming the service.
    func ask(_ method: HTTP.Method, _ target: String, body: [UInt8] = []) throws -> Answer {
        var headers: HeaderFields = ["Host": url.authority, "Accept": "application/json"]
        headers.add("User-Agent", "multibox/\(Version.current)")
        if let key { headers.add("Authorization", "Bearer \(key)") }
        if !body.isEmpty { headers.add("Content-Type", "application/octet-stream") }
        let request = ClientRequest(method, target, headers: headers, body: body)
        guard let head = request.head() else { throw Failure("\(url) cannot be asked for \(target)") }
        var (waited, refusals) = (Duration.zero, 0)
        while true {
            let start = ContinuousClock.now
            let response = try exchange(head, body)
            if response.status == .ok {
                return Answer(body: response.body, duration: start.duration(to: .now), refusals: refusals)
            }
            guard response.status == .tooManyRequests || response.status == .serviceUnavailable else {
                throw failure(response)
            }
            let pause = Self.pause(response)
            waited += pause
            guard waited <= Self.patience else {
                let seconds = (waited - pause).components.seconds
                throw Failure(failure(response).message + "; \(seconds) s were waited, it asks for more")
            }
            refusals += 1
            sleep(pause)
            if isCancelled.load(ordering: .relaxed) { throw failure(response) }
        }
    }

    /// One exchange. A connection that was kept may have been closed meanwhile, which a new one makes good: no request
    /// changes anything at the service.
    private func exchange(_ head: [UInt8], _ body: [UInt8]) throws -> ReceivedResponse {
        do throws(ClientError) {
            if connection?.isReusable == true {
                do throws(ClientError) {
                    if let response = try connection?.ask(head, body) { return response }
                } catch {
                    guard case .closed = error else { throw error }
                }
            }
            connection = nil
            var limits = ParserLimits()
            limits.headerSection = 64 << 10
            limits.body = Self.maximumAnswerBytes
            var new = try ClientConnection(to: url.endpoint, limits: limits, timeout: timeout)
            let response = try new.ask(head, body)
            connection = consume new
            return response
        } catch {
            connection = nil
            throw Failure("\(error)")
        }
    }

    /// How long to wait before the next try (RFC 9110, section 10.2.3): in seconds; a date is not understood.
    private static func pause(_ response: ReceivedResponse) -> Duration {
        guard let text = response.headers.first("Retry-After"), (1...6).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int(text)
        else { return usualWait }
        return max(.milliseconds(100), .seconds(seconds))
    }

    private func sleep(_ duration: Duration) {
        let end = ContinuousClock.now + duration
        while !isCancelled.load(ordering: .relaxed), ContinuousClock.now < end {
            Thread.sleep(forTimeInterval: min(0.1, max(0.001, ContinuousClock.now.duration(to: end).seconds)))
        }
    }

    /// What an answer that is none says, in a sentence.
    private func failure(_ response: ReceivedResponse) -> Failure {
        var sentence = "\(url) answers \(response.status)"
        if let detail = ProblemDetail.text(response.body) { sentence += ": \(detail)" }
        while sentence.last == "." { sentence.removeLast() }
        if response.status == .unauthorized {
            sentence += key == nil ? "; --api-key-file or \(ServiceArguments.keyVariable) gives one" : ""
        }
        return Failure(sentence)
    }
}
