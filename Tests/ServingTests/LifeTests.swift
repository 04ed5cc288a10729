import HTTP
import MultiBox
import Engine
import Serving
import TestSupport
import Testing

/// Loading, ready, draining, stopped.
@Suite struct LifeTests {
    private static func statuses(_ service: Service) async throws -> [Int] {
        try await [
            service.ask(.get, "/livez").status.code, service.ask(.get, "/readyz").status.code,
            service.ask(.get, "/healthz").status.code, service.ask(.get, "/model").status.code,
            service.ask(body: try ColorPhoto().png).status.code,
        ]
    }

    @Test func isAliveButNotReadyUntilTheModelIsWarm() async throws {
        let service = try Service(isLoaded: false)
        #expect(service.service.phase == .loading)
        #expect(try await Self.statuses(service) == [200, 503, 503, 503, 503])
        let response = try await service.ask(body: try ColorPhoto().png)
        #expect(response.problem == "loading")
        #expect(response.headers["Retry-After"] == "1")
        guard case .answer = service.service.decide(try RequestHead(.post, "/detect", contentLength: 5)) else {
            Issue.record("the content would be read")
            return
        }
        service.service.load(try Service.engine())
        #expect(service.service.phase == .ready)
        #expect(try await Self.statuses(service) == [200, 200, 200, 200, 200])
        #expect(try await service.metric("multibox_rejected_total{reason=\"loading\"}") == 3)
    }

    @Test func stillServesWhileItDrains() async throws {
        let service = try Service()
        service.service.beginDrain()
        #expect(service.service.phase == .draining)
        #expect(try await Self.statuses(service) == [200, 503, 503, 200, 200])
        #expect(try await service.ask(.get, "/healthz").object["status"] as? String == "draining")
        // A model that is loaded now does not make it ready again.
        service.service.load(try Service.engine())
        #expect(service.service.phase == .draining)
    }

    @Test func takesNothingOnceItHasStopped() async throws {
        let service = try Service()
        service.service.beginDrain()
        #expect(await service.service.finishDrain(timeout: .seconds(10)))
        #expect(service.service.phase == .stopped)
        #expect(try await Self.statuses(service) == [200, 503, 503, 200, 503])
        service.service.beginDrain()
        #expect(service.service.phase == .stopped)
    }

    @Test func waitsForWhatIsInProgress() async throws {
        let gate = Gate()
        let service = try Service { $0.workers = 1 }
        _ = service.hand(try Request(.post, "/detect", body: try ColorPhoto().png)) { _ in gate.pass() }
        gate.awaitEntry()
        async let answer = service.ask(body: try ColorPhoto().png)
        while service.service.requestsInFlight < 2 { await Task.yield() }
        async let isIdle = service.service.finishDrain(timeout: .seconds(60))
        while service.service.phase != .stopped { await Task.yield() }
        gate.open()
        #expect(try await answer.status == .ok)
        #expect(await isIdle)
    }

    @Test func givesUpWhatIsLeftAtTheTimeout() async throws {
        // The image waits for a second one that never comes.
        let service = try Service {
            $0.maximumQueueDelay = .seconds(3600)
            $0.deadline = .seconds(3600)
            $0.workers = 1
        }
        async let answer = service.ask(body: try ColorPhoto().png)
        while service.service.requestsInFlight < 1 { await Task.yield() }
        // The only worker decodes in order: when it answers a broken photo, the first one is in the scheduler.
        #expect(try await service.ask(body: Array(try ColorPhoto().png.prefix(60))).status == .unprocessableContent)
        #expect(await !service.service.finishDrain(timeout: .milliseconds(1)))
        let response = try await answer
        #expect(response.status == .serviceUnavailable)
        #expect(response.problem == "draining")
    }

    @Test func anotherModelTakesThePlaceOfTheFirst() async throws {
        let service = try Service()
        let names: [String?] = [nil, "rouge", "green", nil, nil]
        service.service.load(try Service.engine(name: "other", classes: names))
        let response = try await service.ask(body: try ColorPhoto(cells: [0: .red, 1: .green, 2: .blue]).png)
        #expect(try response.object["model"] as? [String: String] == ["name": "other", "version": "01234567"])
        // A class without a name goes by its number.
        #expect(try response.detections.map(\.label) == ["rouge", "green", "3"])
        // Series are closed when the first model is loaded: what is new is counted as other.
        #expect(try await service.metric("multibox_detections_total{class=\"green\"}") == 1)
        #expect(try await service.metric("multibox_detections_total{class=\"other\"}") == 2)
        let text = try await service.ask(.get, "/metrics").text
        #expect(text.contains("multibox_model_info{name=\"other\""))
        #expect(!text.contains("multibox_model_info{name=\"tiny\""))
    }
}
