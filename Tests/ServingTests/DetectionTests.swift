import Foundation
import HTTP
import Images
import Serving
import TestSupport
import Testing

/// What comes back for one photo, whatever way it was sent.
@Suite struct DetectionTests {
    @Test func answersInTheDocumentedForm() async throws {
        let service = try Service()
        let response = try await service.ask(body: try ColorPhoto(width: 128, height: 64, cells: [5: .red]).png)
        #expect(response.status == .ok)
        #expect(response.headers["Content-Type"] == "application/json")
        let object = try response.object
        #expect(Set(object.keys) == ["id", "model", "image", "detections", "timing_ms"])
        #expect(object["id"] as? String == response.headers["X-Request-Id"])
        #expect(object["model"] as? [String: String] == ["name": "tiny", "version": "01234567"])
        #expect(object["image"] as? [String: Int] == ["width": 128, "height": 64])
        #expect(
            try response.detections == [
                Found(label: "red", id: 1, score: ColorDetector.fullScore, box: [32, 16, 64, 32])
            ])
        let timing = try #require(object["timing_ms"] as? [String: Double])
        #expect(Set(timing.keys) == ["decode", "queue", "inference", "postprocess", "total"])
        #expect(timing.values.allSatisfy { $0 >= 0 })
        let total = try #require(timing["total"])
        #expect(["decode", "queue", "inference", "postprocess"].allSatisfy { timing[$0] ?? .infinity <= total })
        // Members in the order of the documentation, numbers without superfluous digits.
        #expect(response.text.hasPrefix("{\"id\":\"\(response.headers["X-Request-Id"] ?? "")\",\"model\":{\"name\":"))
        #expect(
            response.text.contains(
                #"[{"class":"red","class_id":1,"score":0.9975,"box":{"xmin":32.0,"ymin":16.0,"xmax":64.0,"ymax":32.0}}]"#
            ))
    }

    /// What is forgiven of a file stands beside its detections; where nothing is, there is no such member.
    @Test func saysWhatWasForgiven() async throws {
        let whole = try ImageEncoder.jpeg(ColorPhoto().image, quality: 95)
        let cut = Array(whole.dropLast(2))
        let sentence = ImageWarning.missingEnd(.jpeg).description
        let service = try Service()
        let response = try await service.ask(body: cut)
        #expect(try response.object["warnings"] as? [String] == [sentence])
        #expect(try response.detections == (try await service.ask(body: whole).detections))
        #expect(try await service.ask(body: whole).object["warnings"] == nil)

        let list = try await service.ask(
            headers: ["Content-Type": "application/json"],
            body: Array(
                #"{"images":["\#(Data(whole).base64EncodedString())","\#(Data(cut).base64EncodedString())"]}"#.utf8))
        let results = try #require(try list.object["results"] as? [[String: Any]])
        #expect(results.map { $0["warnings"] as? [String] } == [nil, [sentence]])

        let strict = try Service { $0.refusesFlawedImages = true }
        let refusal = try await strict.ask(body: cut)
        #expect(refusal.status.code == 422 && refusal.problem == "undecodable-image")
        #expect(try (refusal.object["detail"] as? String)?.hasSuffix(sentence) == true)
        #expect(try await strict.ask(body: whole).status == .ok)
    }

    @Test func carriesTheDocumentedFields() async throws {
        let response = try await Service().ask(body: try ColorPhoto().png)
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect(response.headers["Vary"] == "Accept, Accept-Encoding")
        let timing = try #require(response.headers["Server-Timing"])
        let names = timing.components(separatedBy: ", ").map { $0.components(separatedBy: ";dur=") }
        #expect(names.map { $0[0] } == ["decode", "queue", "inference", "postprocess", "total"])
        #expect(names.allSatisfy { $0.count == 2 && Double($0[1]) != nil })
        #expect(try #require(response.headers["X-Request-Id"]).count == 32)
    }

    @Test func sortsByScoreThenClassThenPosition() async throws {
        let photo = try ColorPhoto(cells: [15: .red, 2: .green, 9: .red, 4: .blue.at(200), 0: .blue]).png
        let found = try await Service().ask(body: photo).detections
        #expect(found.map(\.id) == [1, 1, 2, 3, 3])
        #expect(found.map { $0.box[0] } == [16, 48, 32, 0, 0])
        #expect(found.map { $0.box[1] } == [32, 48, 0, 0, 16])
        #expect(found[4].score < found[3].score)
        #expect(found[3].label == "sky \"blue\"")
    }

    @Test func turnsAPhotoUpright() async throws {
        // Stored 128 × 64 with red at the top left; upright 64 × 128 with red at the top right.
        let photo = try ColorPhoto(width: 128, height: 64, cells: [0: .red]).sidewaysJPEG
        let response = try await Service().ask(body: photo)
        #expect(try response.object["image"] as? [String: Int] == ["width": 64, "height": 128])
        let found = try response.detections
        #expect(found.count == 1)
        #expect(found.first?.box == [48, 0, 64, 32])
    }

    @Test func scaledDecodingReportsTheSizeOfThePhoto() async throws {
        let photo = try ColorPhoto(width: 512, height: 256, cells: [3: .green]).jpeg
        let response = try await Service { $0.imageScaling = .fast }.ask(body: photo)
        #expect(try response.object["image"] as? [String: Int] == ["width": 512, "height": 256])
        #expect(try response.detections.map(\.box) == [[384, 0, 512, 64]])
    }

    @Test(arguments: [
        nil, "application/x-www-form-urlencoded", "image/jpeg", "image/png", "text/plain", "application/json",
        "nonsense",
        "multipart/form-data; boundary=x",
    ])
    func takesAnImageByItsFirstBytesWhateverItIsCalled(contentType: String?) async throws {
        var headers = HeaderFields()
        headers["Content-Type"] = contentType
        let response = try await Service().ask(headers: headers, body: try ColorPhoto().png)
        #expect(try response.detections.map(\.label) == ["red"])
    }

    @Test(arguments: ["image", "file", "upload"]) func takesAFileOfAForm(part: String) async throws {
        let form = Form().with("coordinates", "relative").with(file: part, try ColorPhoto().png)
        let response = try await Service().ask(headers: Form.headers, body: form.body)
        #expect(try response.detections.map(\.box) == [[0, 0, 0.25, 0.25]])
    }

    @Test func takesAFormFieldNamedImageWithoutAFileName() async throws {
        let png = String(decoding: try ColorPhoto().png, as: UTF8.self)
        // As text it would not survive; as bytes it does.
        #expect(png.contains("\u{FFFD}"))
        let body =
            Array("--b\r\nContent-Disposition: form-data; name=image\r\n\r\n".utf8) + (try ColorPhoto().png)
            + Array("\r\n--b--\r\n".utf8)
        let response = try await Service().ask(
            headers: ["Content-Type": "multipart/form-data; boundary=b"], body: body)
        #expect(try response.detections.count == 1)
    }

    @Test(arguments: ["", "data:image/png;base64,", "data:;base64,"], ["application/json", "text/plain", "a/b+json"])
    func takesBase64InJSON(prefix: String, type: String) async throws {
        let base64 = Data(try ColorPhoto().png).base64EncodedString()
        // PHP and others escape the slash.
        for text in [base64, base64.replacing("/", with: "\\/")] {
            let body = Array(" {\"image\": \"\(prefix)\(text)\", \"coordinates\":\"relative\"}".utf8)
            let response = try await Service().ask(headers: ["Content-Type": type], body: body)
            #expect(try response.detections.map(\.box) == [[0, 0, 0.25, 0.25]])
        }
    }

    @Test func preparesChannelsInTheModelsOrder() async throws {
        let service = try Service(isLoaded: false)
        service.service.load(try Service.engine(channels: .bgr))
        #expect(try await service.ask(body: try ColorPhoto(cells: [0: .blue]).png).detections.map(\.id) == [1])
    }

    @Test func givesTheSameBytesForTheSamePhoto() async throws {
        let service = try Service()
        let photo = try ColorPhoto(cells: [0: .red, 7: .green, 8: .blue]).png
        var answers: Set<String> = []
        for _ in 0..<5 {
            let text = try await service.ask(headers: ["X-Request-Id": "same"], body: photo).text
            let parts = text.components(separatedBy: "\"timing_ms\"")
            #expect(parts.count == 2)
            answers.insert(parts[0])
        }
        #expect(answers.count == 1)
    }

    @Test func theEightOrientationsOfAPhotoShowTheSame() async throws {
        let photo = ColorPhoto(width: 256, height: 128, cells: [0: .red, 6: .green, 13: .blue])
        let service = try Service()
        let upright = try await service.ask(body: try photo.jpeg(orientation: 1)).detections
        #expect(Set(upright.map(\.label)) == ["red", "green", "sky \"blue\""])
        for orientation in UInt8(2)...8 {
            let response = try await service.ask(body: try photo.jpeg(orientation: orientation))
            let image = try #require(try response.object["image"] as? [String: Int])
            #expect(image == ["width": 256, "height": 128])
            let found = try response.detections
            #expect(found.count == upright.count)
            for object in upright {
                let same = try #require(found.first { $0.label == object.label })
                for (edge, other) in zip(same.box, object.box) {
                    #expect(abs(edge - other) <= 2, "orientation \(orientation), \(object.label)")
                }
            }
        }
    }
}
