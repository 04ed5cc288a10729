import Foundation
import HTTP
import Serving
import TestSupport
import Testing

/// Compressed requests and answers.
@Suite struct ContentCodingTests {
    private static let headers: HeaderFields = ["Content-Encoding": "gzip", "Content-Type": "application/json"]

    /// A JSON body whose image compresses well.
    private func json() throws -> [UInt8] {
        let image = Data(try ColorPhoto().png).base64EncodedString()
        return Array(("{\"image\":\"\(image)\"" + String(repeating: " ", count: 4000) + "}").utf8)
    }

    @Test(arguments: ["gzip", "x-gzip", "GZIP", "identity, gzip", " gzip , identity"])
    func compressedRequestsAreUnderstood(coding: String) async throws {
        let plain = try json()
        let packed = try #require(Gzip.compress(plain, level: 6))
        let service = try Service()
        let expected = try await service.ask(headers: ["Content-Type": "application/json"], body: plain)
        let response = try await service.ask(
            headers: ["Content-Type": "application/json", "Content-Encoding": coding], body: packed)
        #expect(response.status == .ok)
        #expect(try response.detections == expected.detections)
        #expect(try response.detections.count == 1)
        // What was reserved is given back.
        #expect(try await service.metric("multibox_queue_bytes") == 0)
    }

    @Test func damagedOnesAreToldApart() async throws {
        let packed = try #require(Gzip.compress(try json(), level: 6))
        let service = try Service()
        for body in [Array(packed.dropLast()), packed + [0], try json(), []] {
            let response = try await service.ask(headers: Self.headers, body: body)
            #expect(response.status == .badRequest)
            #expect(response.problem == "malformed-gzip")
        }
        #expect(try await service.metric("multibox_queue_bytes") == 0)
    }

    @Test func whatBecomesTooLargeIs413() async throws {
        let plain = try json()
        let packed = try #require(Gzip.compress(plain, level: 6))
        let service = try Service { $0.maximumDecompressedBytes = plain.count - 1 }
        let response = try await service.ask(headers: Self.headers, body: packed)
        #expect(response.status == .contentTooLarge)
        #expect(response.problem == "decompressed-too-large")
        #expect(try await service.metric("multibox_rejected_total{reason=\"body_too_large\"}") == 1)
        let larger = try Service { $0.maximumDecompressedBytes = plain.count }
        #expect(try await larger.ask(headers: Self.headers, body: packed).status == .ok)
    }

    @Test func theMemoryOfWhatIsDecompressedIsCounted() async throws {
        let plain = try json()
        let packed = try #require(Gzip.compress(plain, level: 6))
        // Enough for what was sent, not for what it becomes.
        let service = try Service { $0.maximumQueuedBytes = packed.count + plain.count - 1 }
        let response = try await service.ask(headers: Self.headers, body: packed)
        #expect(response.problem == "queue-bytes-full")
    }

    @Test func theRefusalOfABombNamesTheLimit() async throws {
        let bomb = try #require(Gzip.compress([UInt8](repeating: 0x20, count: 1 << 20), level: 9))
        let service = try Service { $0.maximumContentExpansion = 70 }
        let response = try await service.ask(headers: Self.headers, body: bomb)
        #expect(response.status == .contentTooLarge)
        #expect(response.problem == "expands-too-much")
        #expect(try #require(try response.object["detail"] as? String).contains("more than 70 times"))
        #expect(try await service.metric("multibox_rejected_total{reason=\"body_too_large\"}") == 1)
        #expect(try await service.metric("multibox_queue_bytes") == 0)
    }

    /// Nothing is taken that was not reserved: what does not fit the bound is turned away, and the bound is that of all
    /// that a request holds.
    @Test func whatBase64BecomesIsReservedBefore() async throws {
        let service = try Service { $0.maximumQueuedBytes = 1 << 20 }
        let image = String(repeating: "A", count: 600_000)
        let response = try await service.ask(
            headers: ["Content-Type": "application/json"], body: Array("{\"image\":\"\(image)\"}".utf8))
        #expect(response.problem == "queue-bytes-full")
        #expect(try await service.metric("multibox_queue_bytes") == 0)
    }

    // MARK: Answers

    @Test(arguments: [
        ("gzip", true), ("x-gzip", true), ("gzip, deflate, br", true), ("*", true),
        ("gzip;q=0.5, identity;q=0.4", true),
        ("gzip;q=0.4, identity;q=0.5", false), ("gzip;q=0", false), ("br", false), ("identity", false), ("", false),
    ])
    func answersAreCompressedForThoseWhoLikeIt(accept: String, isCompressed: Bool) async throws {
        let service = try Service()
        for path in ["/metrics", "/model"] {
            let plain = try await service.ask(.get, path)
            #expect(plain.headers["Content-Encoding"] == nil)
            #expect(try #require(plain.headers["Vary"]).contains("Accept-Encoding"))
            let response = try await service.ask(
                .get, path, headers: accept.isEmpty ? [:] : ["Accept-Encoding": accept])
            let isLarge = plain.body.count >= 1024
            #expect(response.headers["Content-Encoding"] == (isCompressed && isLarge ? "gzip" : nil))
            #expect(try #require(response.headers["Vary"]).contains("Accept-Encoding"))
            #expect(path != "/metrics" || isLarge)
            guard isCompressed, isLarge else { continue }
            #expect(response.body.count < plain.body.count / 2)
            let text = String(
                decoding: try Gzip.decompress(response.body, limit: 1 << 20, maximumRatio: 1032), as: UTF8.self)
            #expect(path != "/metrics" || text.contains("multibox_http_requests_total"))
        }
    }

    @Test func aLongListOfDetectionsIsCompressed() async throws {
        let service = try Service()
        let cells = Dictionary(uniqueKeysWithValues: (0..<12).map { ($0, ColorPhoto.Color.red) })
        let photo = try ColorPhoto(cells: cells).png
        let plain = try await service.ask(body: photo)
        #expect(plain.body.count > 1024)
        let response = try await service.ask(headers: ["Accept-Encoding": "gzip"], body: photo)
        #expect(response.headers["Content-Encoding"] == "gzip")
        #expect(response.headers["Vary"] == "Accept, Accept-Encoding")
        let unpacked = Response(
            status: .ok, body: try Gzip.decompress(response.body, limit: 1 << 20, maximumRatio: 1032))
        #expect(try unpacked.detections == plain.detections)
        #expect(service.log.records.map(\.bytesOut).contains(response.body.count))
    }

    @Test func picturesAndShortAnswersAreNot() async throws {
        let service = try Service()
        let picture = try await service.ask(
            .post, "/detect?format=image", headers: ["Accept-Encoding": "gzip"], body: try ColorPhoto().png)
        #expect(picture.status == .ok && picture.headers["Content-Encoding"] == nil)
        let short = try await service.ask(.get, "/livez", headers: ["Accept-Encoding": "gzip"])
        #expect(short.text == "ok\n" && short.headers["Content-Encoding"] == nil)
    }
}
