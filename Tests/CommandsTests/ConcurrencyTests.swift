import TestSupport
import Testing

/// Many clients at once: no request fails, and each is answered for its own photo.
@Suite(.endToEnd)
struct ConcurrencyTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("32 connections get what one gets")
    func manyConnections() throws {
        let server = try ServerProcess(model: folder.writeModel())
        let photos = try (0..<40).map { try ColorPhoto.numbered($0, width: 128, height: 128, grain: 12).jpeg }
        let expected = try photos.map { try server.ask(body: $0).detections }
        #expect(Set(expected.map { "\($0)" }).count == photos.count, "each photo has its own answer")
        let port = server.port
        let wrong = try onThreads(32) { client -> [String] in
            let connection = try RawClient(port: port)
            var wrong: [String] = []
            for round in 0..<30 {
                let number = (client * 7 + round) % photos.count
                try connection.request(body: photos[number])
                let reply = try connection.reply()
                if reply.status != 200 {
                    wrong.append("\(reply.status): \(reply.text)")
                } else if try reply.detections != expected[number] {
                    wrong.append("photo \(number): \(reply.text)")
                }
            }
            return wrong
        }.flatMap(\.self)
        #expect(wrong.isEmpty, "\(wrong.count), such as \(wrong.first ?? "")")
        let batches = try #require(try server.metric("multibox_batch_size_count"))
        let images = try #require(try server.metric("multibox_batch_size_sum"))
        #expect(images == Double(32 * 30 + photos.count))
        #expect(batches < images, "requests that wait together share a batch")
    }
}
