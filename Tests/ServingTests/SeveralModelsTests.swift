import Engine
import Foundation
import HTTP
import Serving
import TestSupport
import Testing

/// Several models under names.
@Suite struct SeveralModelsTests {
    /// The classes of the second model: other names, and one that the first has too under another number.
    private static let french: [String?] = [nil, "rouge", "vert", "red"]
    private static let photo = Result { try ColorPhoto(cells: [0: .red, 5: .green, 10: .blue]).png }

    /// A service of two models: the first, `english`, and `french`.
    private static func service(_ configure: (inout ServiceOptions) -> Void = { _ in }) throws -> Service {
        let service = try Service(isLoaded: false) { options in
            options.servesSeveralModels = true
            configure(&options)
        }
        service.service.arrange(["english", "french"])
        service.service.load(try Service.engine(name: "english"))
        service.service.load(try Service.engine(name: "french", classes: french))
        return service
    }

    private static func name(_ response: Response) throws -> String? {
        (try response.object["model"] as? [String: String])?["name"]
    }

    // MARK: Which one

    @Test func aRequestNamesItsModelInTheQueryAFieldOrAMember() async throws {
        let service = try Self.service()
        let photo = try Self.photo.get()
        let text = Data(photo).base64EncodedString()
        let json: HeaderFields = ["Content-Type": "application/json"]
        let english = ["red", "green", "sky \"blue\""]
        for (target, headers, body, labels) in [
            ("/detect", [:], photo, english),
            ("/detect?model=english", [:], photo, english),
            ("/detect?model=french", [:], photo, ["rouge", "vert", "red"]),
            ("/detect", Form.headers, Form().with("model", "french").with(file: "image", photo).body, Self.french),
            ("/detect", Form.headers, Form().with(file: "image", photo).with("model", "french").body, Self.french),
            ("/detect", json, Array("{\"image\":\"\(text)\",\"model\":\"french\"}".utf8), Self.french),
            ("/detect?model=french", json, Array("{\"model\":\"french\",\"image\":\"\(text)\"}".utf8), Self.french),
            ("/detect", json, Array("{\"image\":\"\(text)\"}".utf8), english),
        ] as [(String, HeaderFields, [UInt8], [String?])] {
            let response = try await service.ask(.post, target, headers: headers, body: body)
            #expect(response.status == .ok, "\(target): \(response.text)")
            let expected = labels.compactMap { $0 }
            #expect(try response.detections.map(\.label) == expected)
            #expect(try Self.name(response) == (expected == english ? "english" : "french"))
        }
    }

    @Test func classesAreThoseOfTheModelThatIsNamedWhereverItIs() async throws {
        let service = try Self.service()
        let photo = try Self.photo.get()
        let form = Form().with(file: "image", photo).with("model", "french").body
        let found = try await service.ask(.post, "/detect?classes=rouge", headers: Form.headers, body: form)
        #expect(try found.detections.map(\.label) == ["rouge"])
        // One class has the same name in both and another number.
        let both = try await service.ask(.post, "/detect?classes=red&model=french", body: photo)
        #expect(try both.detections.map(\.id) == [3])
        #expect(try await service.ask(.post, "/detect?classes=red", body: photo).detections.map(\.id) == [1])
        #expect(try await service.ask(.post, "/detect?classes=rouge", body: photo).problem == "invalid-option")
        let wrong = try await service.ask(.post, "/detect?classes=green", headers: Form.headers, body: form)
        #expect(wrong.problem == "invalid-option")
        // The query is wrong for any model, and the content names none.
        let plain = Form().with(file: "image", photo).body
        let open = try await service.ask(.post, "/detect?classes=rouge", headers: Form.headers, body: plain)
        #expect(open.problem == "invalid-option")
    }

    @Test func anUnknownModelIsToldTheNamesThatThereAre() async throws {
        let service = try Self.service()
        let photo = try Self.photo.get()
        let json = Array("{\"image\":\"\(Data(photo).base64EncodedString())\",\"model\":\"german\"}".utf8)
        for (target, headers, body) in [
            ("/detect?model=german", [:], photo), ("/detect?model=", [:], photo),
            ("/detect", Form.headers, Form().with(file: "image", photo).with("model", "german").body),
            ("/detect", ["Content-Type": "application/json"], json),
        ] as [(String, HeaderFields, [UInt8])] {
            let response = try await service.ask(.post, target, headers: headers, body: body)
            #expect(response.status == .badRequest && response.problem == "invalid-option", "\(target)")
            let detail = try #require(try response.object["detail"] as? String)
            #expect(detail == "The option “model” takes “english” or “french”.")
        }
        let card = try await service.ask(.get, "/model?model=german")
        #expect(card.status == .badRequest && card.problem == "invalid-option")
        // In two places, it is the same one.
        let form = Form().with(file: "image", photo).with("model", "french").body
        let both = try await service.ask(.post, "/detect?model=english", headers: Form.headers, body: form)
        #expect(both.problem == "conflicting-option")
        #expect(try await service.ask(.get, "/model?model=english&model=french").problem == "conflicting-option")
    }

    @Test func oneModelHasItsOwnNameAndNoOther() async throws {
        let service = try Service()
        let photo = try Self.photo.get()
        let plain = try await service.ask(body: photo)
        let named = try await service.ask(.post, "/detect?model=tiny", body: photo)
        #expect(try named.detections == plain.detections && named.status == .ok)
        #expect(try await service.ask(.post, "/detect?model=other", body: photo).problem == "invalid-option")
        let list = try #require(try await service.ask(.get, "/models").object["models"] as? [[String: Any]])
        #expect(list.map { $0["name"] as? String } == ["tiny"])
        #expect(try await service.ask(.get, "/healthz").object["models"] == nil)
        #expect(!(try await service.ask(.get, "/metrics").text.contains("model=\"")))
    }

    // MARK: Life

    @Test func theServiceIsReadyWhenAllModelsAreWarm() async throws {
        let service = try Service(isLoaded: false) { $0.servesSeveralModels = true }
        func list() async throws -> [[String: Any]] {
            try #require(try await service.ask(.get, "/models").object["models"] as? [[String: Any]])
        }
        #expect(try await list().isEmpty)
        service.service.arrange(["english", "french"])
        #expect(try await list().map { $0["state"] as? String } == ["loading", "loading"])
        #expect(try await list()[0]["version"] is NSNull)
        service.service.load(try Service.engine(name: "french", classes: Self.french))
        #expect(service.service.phase == .loading)
        #expect(try await service.ask(.get, "/readyz").problem == "loading")
        #expect(try await service.ask(.post, "/detect?model=french", body: try Self.photo.get()).problem == "loading")
        service.service.load(try Service.engine(name: "english"))
        #expect(service.service.phase == .ready)
        #expect(try await service.ask(.get, "/readyz").status == .ok)
        let loaded = try await list()
        #expect(loaded.map { $0["name"] as? String } == ["english", "french"])
        #expect(loaded.map { $0["state"] as? String } == ["ready", "ready"])
        #expect(loaded.map { $0["default"] as? Bool } == [true, false])
        #expect(loaded.map { $0["classes"] as? Int } == [3, 3])
        #expect(loaded[0]["version"] as? String == "01234567" && loaded[0]["architecture"] as? String == "tiny")
        #expect(try await service.ask(.get, "/model").object["name"] as? String == "english")
        let labels = try await service.ask(.get, "/model?model=french").object["labels"] as? [Any]
        #expect(labels?.map { $0 as? String } == Self.french)
    }

    @Test func oneIsReplacedAddedOrTakenOutAndTheOthersStay() async throws {
        let service = try Self.service()
        let photo = try Self.photo.get()
        service.service.load(try Service.engine(name: "french", classes: [nil, "rot", "gruen", "blau"]))
        let replaced = try await service.ask(.post, "/detect?model=french", body: photo)
        #expect(try replaced.detections.map(\.label) == ["rot", "gruen", "blau"])
        #expect(try await service.ask(body: photo).detections.first?.label == "red")
        service.service.load(try Service.engine(name: "third"))
        service.service.arrange(["third", "english"])
        #expect(try Self.name(try await service.ask(body: photo)) == "third")
        #expect(try await service.ask(.post, "/detect?model=french", body: photo).problem == "invalid-option")
        let list = try #require(try await service.ask(.get, "/models").object["models"] as? [[String: Any]])
        #expect(list.map { $0["name"] as? String } == ["third", "english"])
        service.service.noteOutdated("english")
        let states = try #require(try await service.ask(.get, "/healthz").object["models"] as? [[String: Any]])
        #expect(states.map { $0["state"] as? String } == ["ready", "outdated"])
        #expect(try await service.ask(.post, "/detect?model=english", body: photo).status == .ok)
        service.service.load(try Service.engine(name: "english"))
        let again = try #require(try await service.ask(.get, "/models").object["models"] as? [[String: Any]])
        #expect(again.map { $0["state"] as? String } == ["ready", "ready"])
    }

    @Test func aRequestEndsWithTheModelThatItBeganWith() async throws {
        // The image waits for a second one of its model that comes later.
        let service = try Self.service {
            $0.maximumQueueDelay = .seconds(3600)
            $0.deadline = .seconds(3600)
            $0.maximumBatchSize = 1
            $0.workers = 1
        }
        let gate = Gate()
        let photo = try Self.photo.get()
        _ = service.hand(try Request(.post, "/detect", body: photo)) { _ in gate.pass() }
        gate.awaitEntry()
        // The only worker is busy: this one is admitted, and not looked at before its model is gone.
        async let answer = service.ask(.post, "/detect?model=french", body: photo)
        while service.service.requestsInFlight < 2 { await Task.yield() }
        service.service.arrange(["english"])
        gate.open()
        let response = try await answer
        #expect(response.status == .ok)
        #expect(try response.detections.map(\.label) == ["rouge", "vert", "red"])
        #expect(try await service.ask(.post, "/detect?model=french", body: photo).problem == "invalid-option")
    }

    // MARK: What it says

    @Test func metricsAreOfEachModelAndSeriesGoWithIt() async throws {
        let service = try Self.service()
        let photo = try Self.photo.get()
        for series in [
            "decode_seconds_count{model=\"french\"}", "queue_wait_seconds_count{model=\"english\"}",
            "inference_seconds_count{model=\"french\"}", "postprocess_seconds_count{model=\"french\"}",
            "batch_size_bucket{model=\"english\",le=\"8\"}", "queue_depth{model=\"french\"}",
            "queue_bytes{model=\"english\"}", "images_total{model=\"french\",outcome=\"detected\"}",
            "detections_total{model=\"french\",class=\"vert\"}", "detections_total{model=\"english\",class=\"green\"}",
        ] { #expect(try await service.metric("multibox_" + series) == 0, "\(series)") }
        for _ in 0..<2 { _ = try await service.ask(.post, "/detect?model=french", body: photo) }
        _ = try await service.ask(.post, "/detect?model=french", body: Array(photo.prefix(60)))
        _ = try await service.ask(body: photo)
        for (series, count) in [
            ("inference_seconds_count{model=\"french\"}", 2), ("inference_seconds_count{model=\"english\"}", 1),
            ("decode_seconds_count{model=\"french\"}", 2),
            ("images_total{model=\"french\",outcome=\"detected\"}", 2),
            ("images_total{model=\"french\",outcome=\"undecodable\"}", 1),
            ("images_total{model=\"english\",outcome=\"undecodable\"}", 0),
            ("detections_total{model=\"french\",class=\"rouge\"}", 2),
            ("detections_total{model=\"english\",class=\"red\"}", 1), ("queue_bytes{model=\"french\"}", 0),
        ] { #expect(try await service.metric("multibox_" + series) == Double(count), "\(series)") }
        // A model that is replaced counts on; one that goes takes its series along, and comes back without.
        service.service.load(try Service.engine(name: "french", classes: Self.french))
        #expect(try await service.metric("multibox_inference_seconds_count{model=\"french\"}") == 2)
        let before = try await service.ask(.get, "/metrics").text
        let info = "multibox_model_info{model=\"french\",name=\"french\",version=\"01234567\""
        #expect(before.contains(info))
        service.service.arrange(["english"])
        let after = try await service.ask(.get, "/metrics").text
        #expect(!after.contains("french") && after.contains("model=\"english\""))
        service.service.load(try Service.engine(name: "french", classes: Self.french))
        #expect(try await service.metric("multibox_inference_seconds_count{model=\"french\"}") == 0)
        // What clients ask for makes no series.
        let lines = try await service.ask(.get, "/metrics").text.split(separator: "\n").count
        for name in ["a", "b"] { _ = try await service.ask(.post, "/detect?model=\(name)", body: photo) }
        #expect(try await service.ask(.get, "/metrics").text.split(separator: "\n").count == lines)
    }

    @Test func healthIsOfEachModel() async throws {
        let service = try Self.service()
        let object = try await service.ask(.get, "/healthz").object
        #expect(object["model"] as? [String: String] == ["name": "english", "version": "01234567"])
        let models = try #require(object["models"] as? [[String: Any]])
        #expect(models.map { $0["name"] as? String } == ["english", "french"])
        #expect(models.map { $0["queue"] as? [String: Int] } == Array(repeating: ["images": 0, "bytes": 0], count: 2))
    }

    @Test func oneModelsQueueLeavesRoomForAnother() async throws {
        let gate = Gate()
        let service = try Self.service { options in
            options.workers = 1
            options.maximumQueuedImages = 8
        }
        let photo = try Self.photo.get()
        _ = service.hand(try Request(.post, "/detect", body: photo)) { _ in gate.pass() }
        gate.awaitEntry()
        // Two of the eight places are kept for the other one.
        var answers: [Task<Response, any Error>] = []
        for _ in 0..<6 { answers.append(Task { try await service.ask(body: photo) }) }
        while service.service.requestsInFlight < 7 { await Task.yield() }
        #expect(try await service.ask(body: photo).problem == "queue-full")
        for _ in 0..<2 { answers.append(Task { try await service.ask(.post, "/detect?model=french", body: photo) }) }
        while service.service.requestsInFlight < 9 { await Task.yield() }
        #expect(try await service.ask(.post, "/detect?model=french", body: photo).problem == "queue-full")
        #expect(try await service.metric("multibox_queue_depth{model=\"french\"}") == 2)
        gate.open()
        for answer in answers { #expect(try await answer.value.status == .ok) }
        #expect(service.service.options.maximumImagesPerRequest == 4)
    }
}
