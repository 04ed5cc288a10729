import Foundation
import HTTP
import Serving
import TestSupport
import Testing

/// DeepStack and CodeProject.AI, with the bytes that their clients send.
@Suite struct DeepStackTests {
    private static let photo = ColorPhoto(
        width: 128, height: 64, cells: [5: .red, 0: .green.at(130), 2: .blue.at(110)])

    /// What `requests.post(url, data={...}, files={"image": bytes})` sends, as deepstack-python and Frigate do: fields first, the
    /// file's name is that of the field.
    private static func form(_ fields: [(String, String)], _ photo: [UInt8]) -> (HeaderFields, [UInt8]) {
        let boundary = "c9b1ee5c5ba4b6f2b3a5e3a0a9b5d0d1"
        var body: [UInt8] = []
        for (name, value) in fields {
            body += Array(
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        body += Array(
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"image\"; filename=\"image\"\r\n\r\n".utf8)
        body += photo + Array("\r\n--\(boundary)--\r\n".utf8)
        return (["Content-Type": "multipart/form-data; boundary=\(boundary)"], body)
    }

    private static func labels(_ response: Response) throws -> [String] {
        let predictions = try #require(try response.object["predictions"] as? [[String: Any]])
        return predictions.compactMap { $0["label"] as? String }
    }

    @Test func theAnswerIsOfItsForm() async throws {
        let (headers, body) = Self.form([("api_key", "")], try Self.photo.png)
        let response = try await Service().ask(.post, "/v1/vision/detection", headers: headers, body: body)
        #expect(response.status == .ok)
        let object = try response.object
        #expect(object["success"] as? Bool == true && object["count"] as? Int == 2 && object["code"] as? Int == 200)
        #expect(object["inferenceMs"] as? Int != nil && object["processMs"] as? Int != nil)
        let predictions = try #require(object["predictions"] as? [[String: Any]])
        // 0.4, unless it is said: neither the service's 0.5 nor all.
        #expect(predictions.compactMap { $0["label"] as? String } == ["red", "green"])
        let first = try #require(predictions.first)
        #expect(Set(first.keys) == ["label", "confidence", "x_min", "y_min", "x_max", "y_max"])
        #expect(["x_min", "y_min", "x_max", "y_max"].map { first[$0] as? Int } == [32, 16, 64, 32])
        #expect(first["confidence"] as? Double == ColorDetector.fullScore)
        #expect(response.text.contains(#""x_min":32,"#))
    }

    @Test(arguments: [
        ("0.9", ["red"]), (".3", ["red", "green", "sky \"blue\""]), ("", ["red", "green"]), ("1.0", []),
    ])
    func theLowestConfidenceIsTold(value: String, found: [String]) async throws {
        let (headers, body) = Self.form([("min_confidence", value), ("typedet", "obj")], try Self.photo.png)
        let response = try await Service().ask(.post, "/v1/vision/detection", headers: headers, body: body)
        #expect(try Self.labels(response) == found)
    }

    @Test func facesAreThoseOfTheClassThatIsCalledSo() async throws {
        let service = try Service(isLoaded: false)
        service.service.load(try Service.engine(classes: [nil, "Human face", "face_mask", "person"]))
        let photo = try ColorPhoto(cells: [0: .red, 5: .blue]).png
        let (headers, body) = Self.form([], photo)
        #expect(
            try Self.labels(try await service.ask(.post, "/v1/vision/face", headers: headers, body: body))
                == ["Human face"])
        let refused = try await Service().ask(.post, "/v1/vision/face", headers: headers, body: body)
        #expect(refused.status == .forbidden)
        #expect(try refused.object["success"] as? Bool == false && refused.object["code"] as? Int == 403)
    }

    @Test func modelsHaveRoutesOfTheirOwn() async throws {
        let service = try Service()
        for method in [Method.get, .post] {
            let list = try await service.ask(method, "/v1/vision/custom/list").object
            #expect(list["models"] as? [String] == ["tiny"] && list["success"] as? Bool == true)
            let ping = try await service.ask(method, "/v1/status/ping").object
            #expect(ping["success"] as? Bool == true)
        }
        let (headers, body) = Self.form([("min_confidence", "0.9")], try Self.photo.png)
        let found = try await service.ask(.post, "/v1/vision/custom/tiny", headers: headers, body: body)
        #expect(try Self.labels(found) == ["red"])
        let unknown = try await service.ask(.post, "/v1/vision/custom/other", headers: headers, body: body)
        #expect(unknown.status == .notFound)
        #expect(try unknown.object["success"] as? Bool == false)
        #expect(
            try await service.metric(
                "multibox_http_requests_total{route=\"/v1/vision/custom/{model}\",method=\"POST\",code=\"404\"}") == 1)
    }

    @Test(arguments: [("2", 400), ("1.01", 400), ("high", 400), ("nan", 400)])
    func failuresAreOfItsForm(confidence: String, status: Int) async throws {
        let (headers, body) = Self.form([("min_confidence", confidence)], try Self.photo.png)
        let response = try await Service().ask(.post, "/v1/vision/detection", headers: headers, body: body)
        #expect(response.status.code == status && response.headers["Content-Type"] == "application/json")
        #expect(Set(try response.object.keys) == ["success", "error", "code"])
        #expect(try response.object["success"] as? Bool == false && response.object["code"] as? Int == status)
        #expect((try response.object["error"] as? String)?.contains("min_confidence") == true)
    }
}
