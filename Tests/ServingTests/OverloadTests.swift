import HTTP
import Serving
import Synchronization
import TestSupport
import Testing

/// More requests than can be served, late ones, and clients that have gone.
@Suite struct OverloadTests {
    /// A service with one worker, and that one held.
    private static func held(
        _ gate: Gate, _ configure: (inout ServiceOptions) -> Void = { _ in }
    ) throws -> Service {
        let service = try Service {
            $0.workers = 1
            configure(&$0)
        }
        _ = service.hand(try Request(.post, "/detect", body: try ColorPhoto().png)) { _ in gate.pass() }
        gate.awaitEntry()
        return service
    }

    @Test func aFullQueueTurnsRequestsAway() async throws {
        let gate = Gate()
        let service = try Self.held(gate) { $0.maximumQueuedImages = 2 }
        let photo = try ColorPhoto().png
        async let first = service.ask(body: photo)
        async let second = service.ask(body: photo)
        while service.service.requestsInFlight < 3 { await Task.yield() }
        #expect(try await service.metric("multibox_queue_depth") == 2)

        let third = try await service.ask(body: photo)
        #expect(third.status == .tooManyRequests)
        #expect(third.problem == "queue-full")
        #expect(third.headers["Retry-After"] == "1")
        // A large content is not even read; a small one is, so that the connection can be kept.
        guard
            case .answer(let early) = service.service.decide(
                try RequestHead(.post, "/detect", contentLength: 1 << 20))
        else {
            Issue.record("the content would be read")
            return
        }
        #expect(early.status == .tooManyRequests)
        let small = try RequestHead(.post, "/detect", contentLength: 1000)
        #expect(service.bodyLimit(small) == service.service.options.maximumBodyBytes)

        gate.open()
        #expect(try await [first.status, second.status] == [.ok, .ok])
        #expect(try await service.metric("multibox_rejected_total{reason=\"queue_full\"}") == 2)
        #expect(try await service.metric("multibox_queue_depth") == 0)
        #expect(try await service.ask(body: photo).status == .ok)
    }

    @Test func bytesAreBoundedToo() async throws {
        let photo = try ColorPhoto().png
        let tensor = 32 * 32 * 3 * 4
        let enough = try Service { $0.maximumQueuedBytes = photo.count + tensor }
        #expect(try await enough.ask(body: photo).status == .ok)
        let short = try Service { $0.maximumQueuedBytes = photo.count + tensor - 1 }
        let response = try await short.ask(body: photo)
        #expect(response.status == .tooManyRequests)
        #expect(response.problem == "queue-bytes-full")
        #expect(try await short.metric("multibox_queue_bytes") == 0)
    }

    @Test func aRequestPastItsDeadlineIsNotProcessed() async throws {
        let service = try Service { $0.deadline = .zero }
        let response = try await service.ask(body: try ColorPhoto().png)
        #expect(response.status == .gatewayTimeout)
        #expect(response.problem == "deadline-exceeded")
        #expect(try await service.metric("multibox_rejected_total{reason=\"deadline\"}") == 1)
        #expect(try await service.metric("multibox_batch_size_count") == 0)
    }

    @Test func aHeldBatchEndsAtTheDeadline() async throws {
        // The batch waits for a second image that never comes, longer than the request may take.
        let service = try Service {
            $0.maximumQueueDelay = .seconds(3600)
            $0.deadline = .milliseconds(50)
        }
        let response = try await service.ask(body: try ColorPhoto().png)
        #expect(response.status == .gatewayTimeout)
        #expect(try await service.metric("multibox_images_total{outcome=\"expired\"}") == 1)
    }

    @Test func aClientThatHasGoneIsDroppedBeforeItsImageIsDecoded() async throws {
        let gate = Gate()
        let service = try Self.held(gate)
        let answers = Atomic(0)
        let photo = try ColorPhoto().png
        let cancel = service.hand(try Request(.post, "/detect", body: photo)) { _ in
            answers.add(1, ordering: .relaxed)
        }
        cancel()
        cancel()
        gate.open()
        // The one worker takes this one after the other has been dropped.
        #expect(try await service.ask(body: photo).status == .ok)
        #expect(answers.load(ordering: .relaxed) == 0)
        #expect(service.log.records.map(\.status).contains(499))
        #expect(try await service.metric("multibox_batch_size_count") == 2)
        #expect(
            try await service.metric(
                "multibox_http_requests_total{route=\"/detect\",method=\"POST\",code=\"499\"}") == 1)
        // A request counts until its answer has been handed over, which may be a moment after the test has it.
        while service.service.requestsInFlight > 0 { await Task.yield() }
    }

    @Test func aClientThatHasGoneIsDroppedFromItsBatch() async throws {
        // The image waits for a second one that never comes; without the cancellation the queue would never be empty.
        let service = try Service {
            $0.maximumQueueDelay = .seconds(3600)
            $0.deadline = .seconds(3600)
            $0.workers = 1
        }
        let answers = Atomic(0)
        let cancel = service.hand(try Request(.post, "/detect", body: try ColorPhoto().png)) { _ in
            answers.add(1, ordering: .relaxed)
        }
        // The only worker decodes in order: when it answers a broken photo, the first one is in the scheduler.
        #expect(try await service.ask(body: Array(try ColorPhoto().png.prefix(60))).status == .unprocessableContent)
        #expect(try await service.metric("multibox_queue_depth") == 1)
        cancel()
        #expect(try await service.metric("multibox_queue_depth") == 0)
        #expect(try await service.ask(body: []).status == .badRequest)
        #expect(answers.load(ordering: .relaxed) == 0)
        #expect(try await service.metric("multibox_images_total{outcome=\"cancelled\"}") == 1)
        #expect(try await service.metric("multibox_batch_size_count") == 0)
    }

    @Test func manyRequestsAtOnceAreAllAnswered() async throws {
        let service = try Service(streams: 2) { $0.maximumQueuedImages = 200 }
        let photos = try [ColorPhoto.Color.red, .green, .blue].map { try ColorPhoto(cells: [6: $0]).png }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<150 {
                group.addTask {
                    let found = try await service.ask(body: photos[index % 3]).detections
                    #expect(found.map(\.id) == [index % 3 + 1])
                }
            }
            try await group.waitForAll()
        }
        #expect(try await service.metric("multibox_images_total{outcome=\"detected\"}") == 150)
        #expect(try await service.metric("multibox_batch_size_sum") == 150)
        #expect(try await service.metric("multibox_detections_total{class=\"red\"}") == 50)
    }
}
