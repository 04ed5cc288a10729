import HTTP
import Synchronization
import Testing

/// What a request was accepted as is handed back with it.
@Suite struct AcceptanceTests {
    private final class Token: Acceptance {}

    /// What refusals were told.
    private final class Outlines: Sendable {
        let told = Mutex<[RequestOutline]>([])
    }

    @Test func aDeliveryBringsWhatItsOwnRequestWasAcceptedAs() {
        var connection = ConnectionHarness()
        connection.decision = nil
        let tokens = [Token(), Token(), Token()]
        let requests = [get("/a"), post("/b", "content"), post("/c", "content", "Expect: 100-continue\r\n"), get("/d")]
        for (index, request) in requests.enumerated() {
            connection.receive(request)
            connection.decide(index, .accept(as: index < tokens.count ? tokens[index] : nil))
        }
        #expect(connection.deliveries.map(\.request.path) == ["/a", "/b", "/c", "/d"])
        for (delivery, token) in zip(connection.deliveries, tokens) { #expect(delivery.acceptance === token) }
        #expect(connection.deliveries.last?.acceptance == nil)
    }

    @Test func aRefusalKnowsWhatTheRequestWasAcceptedAs() {
        let token = Token()
        let outlines = Outlines()
        func refuse(_ text: String, limit: Int? = nil, then event: (inout ConnectionHarness) -> Void = { _ in }) {
            var connection = ConnectionHarness {
                $0.refusal = { error, request in
                    outlines.told.withLock { $0.append(request) }
                    return Response(status: error.status)
                }
            }
            connection.decision = .accept(bodyLimit: limit, as: token)
            connection.receive(text)
            event(&connection)
        }
        // Too large by its head, broken content, slow content.
        refuse(post("/a", "content"), limit: 3)
        refuse("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef")
        refuse("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabcd") { $0.pass(.seconds(31)) }
        // A head that is not complete was not accepted.
        refuse("POST /a HTTP/1.1\r\nHost: h\r\n : \r\n\r\n")
        let told = outlines.told.withLock { $0 }
        #expect(told.map { $0.acceptance === token } == [true, true, true, false])
        #expect(told.last?.acceptance == nil)
    }

    @Test func anUploadThatIsAbortedIsKnownToo() {
        let token = Token()
        var connection = ConnectionHarness()
        connection.decision = .accept(as: token)
        connection.receive("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nx")
        connection.fail()
        #expect(connection.aborted.map { $0.request.acceptance === token } == [true])
    }
}
