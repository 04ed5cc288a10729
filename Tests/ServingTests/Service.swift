import Foundation
import HTTP
import Serving
import TestSupport
import Testing

/// A service under test, and how tests talk to it.
struct Service {
    let service: DetectionService
    let log: AccessLog

    /// A service with the detector in it, unless `isLoaded` is false.
    init(isLoaded: Bool = true, streams: Int = 1, _ configure: (inout ServiceOptions) -> Void = { _ in }) throws {
        var options = ServiceOptions(version: "1.2.3")
        options.workers = 2
        configure(&options)
        let log = AccessLog()
        self.log = log
        service = DetectionService(options: options) { log.append($0) }
        if isLoaded { service.load(try Self.engine(streams: streams)) }
    }

    /// The answer to a request.
    func ask(
        _ method: Method = .post, _ target: String = "/detect", headers: HeaderFields = [:], body: [UInt8] = []
    ) async throws -> Response {
        await ask(try Request(method, target, headers: headers, body: body, remoteAddress: "192.0.2.7"))
    }

    func ask(_ request: Request) async -> Response {
        await withCheckedContinuation { continuation in
            _ = hand(request) { continuation.resume(returning: $0) }
        }
    }

    /// Hands a request in as a transport does: what is not answered from its head is handled as what it was accepted.
    func hand(
        _ request: Request, respond: @escaping @Sendable (Response) -> Void
    ) -> DetectionService.Cancellation {
        switch service.decide(request.head, remoteAddress: request.remoteAddress) {
        case .answer(let response):
            respond(response)
            return {}
        case .accept(_, let acceptance): return service.handle(request, as: acceptance, respond: respond)
        }
    }

    /// The content, in bytes, up to which a request is read; nil if it is answered from its head.
    func bodyLimit(_ head: RequestHead) -> Int? {
        guard case .accept(let limit, _) = service.decide(head) else { return nil }
        return limit
    }

    /// The value of a series in `/metrics`.
    func metric(_ series: String) async throws -> Double? {
        let text = String(decoding: try await ask(.get, "/metrics").body, as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.utf8.count + 1)) }
    }
}

extension Response {
    /// The body as a JSON object, as another implementation reads it.
    var object: [String: Any] {
        get throws {
            try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        }
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The last part of a problem's type.
    var problem: String? {
        guard headers["Content-Type"] == "application/problem+json", let type = try? object["type"] as? String else {
            return nil
        }
        return type.split(separator: ":").last.map(String.init)
    }

    /// Class, score and box of each detection.
    var detections: [Found] {
        get throws { try Found.list(try object["detections"]) }
    }
}

extension Form {
    static var headers: HeaderFields { ["Content-Type": contentType] }
}
