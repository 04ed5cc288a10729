import Foundation
import HTTP
import Images
import Serving
import TestSupport
import Testing

/// DOODS, with what `pydoods` sends.
@Suite struct DOODSTests {
    private static let photo = ColorPhoto(
        width: 128, height: 64, cells: [5: .red, 0: .green.at(140), 15: .red.at(150)])

    private static func ask(
        _ service: Service, _ members: String, at path: String = "/detect"
    ) async throws -> Response {
        let image = Data(try photo.png).base64EncodedString()
        return try await service.ask(
            .post, path, headers: ["Content-Type": "application/json"],
            body: Array(#"{"data": "\#(image)", \#(members)}"#.utf8))
    }

    private static func found(_ response: Response) throws -> [String] {
        let detections = try #require(try response.object["detections"] as? [[String: Any]], "\(response.text)")
        return detections.map { detection in
            let label = detection["label"] as? String ?? ""
            return (detection["region_id"] as? String).map { "\(label)@\($0)" } ?? label
        }
    }

    @Test func theAnswerIsOfItsForm() async throws {
        let service = try Service()
        let response = try await Self.ask(
            service, #""detector_name": "default", "detect": {"*": 50}, "id": "7""#)
        #expect(response.status == .ok)
        let object = try response.object
        #expect(Set(object.keys) == ["id", "detections"] && object["id"] as? String == "7")
        let first = try #require((object["detections"] as? [[String: Any]])?.first)
        #expect(Set(first.keys) == ["top", "left", "bottom", "right", "label", "confidence"])
        #expect(["top", "left", "bottom", "right"].map { first[$0] as? Double } == [0.25, 0.25, 0.5, 0.5])
        #expect(first["label"] as? String == "red")
        #expect(abs(try #require(first["confidence"] as? Double) - 100 * ColorDetector.fullScore) < 0.01)
        #expect(try Self.found(response) == ["red", "red", "green"])
    }

    /// Red is found at 99.75 and 74.3 percent, green at 64.2.
    @Test(arguments: [
        (#""detect": {"*": 70}"#, ["red", "red"]), (#""detect": {"*": 50, "red": 90}"#, ["red", "green"]),
        (#""detect": {"green": 10}"#, ["green"]), (#""detect": {"unicorn": 10}"#, []),
        (#""detect": {}"#, ["red", "red", "green"]),
        (
            #""detect": {"green": 10}, "regions": [{"top":0.7,"left":0.7,"bottom":1,"right":1,"detect":{"red":50},"id":"corner"}]"#,
            ["red@corner", "green"]
        ),
        (#""regions": [{"top":0.3,"left":0.3,"bottom":0.4,"right":0.4,"detect":{"*":1}}]"#, ["red"]),
        (#""regions": [{"top":0.3,"left":0.3,"bottom":0.4,"right":0.4,"detect":{"*":1},"covers":true}]"#, []),
        (#""regions": [{"top":0.2,"left":0.2,"bottom":0.6,"right":0.6,"detect":{"*":1},"covers":true}]"#, ["red"]),
    ])
    func whatIsLookedForIsFound(members: String, found: [String]) async throws {
        #expect(try Self.found(try await Self.ask(try Service(), members)) == found)
    }

    @Test func thePictureComesBesideTheDetectionsOrAlone() async throws {
        let service = try Service()
        let beside = try await Self.ask(service, #""detect": {"*": 50}, "image": "png""#)
        let text = try #require(try beside.object["image"] as? String)
        let picture = try #require(Data(base64Encoded: text))
        let expected = try await service.ask(
            .post, "/detect?format=image", headers: ["Accept": "image/png"], body: try Self.photo.png)
        #expect([UInt8](picture) == expected.body)
        #expect(try Self.found(beside).count == 3)
        let alone = try await Self.ask(service, #""detect": {"*": 50}"#, at: "/image")
        #expect(alone.status == .ok && alone.headers["Content-Type"] == "image/jpeg")
        #expect(ImageFormat.sniff(alone.body) == .jpeg)
        let png = try await Self.ask(service, #""detect": {"*": 50}, "image": ".png""#, at: "/image")
        #expect(png.headers["Content-Type"] == "image/png" && png.body == expected.body)
    }

    @Test func detectorsAreTheModels() async throws {
        let service = try Service()
        let detectors = try #require(try await service.ask(.get, "/detectors").object["detectors"] as? [[String: Any]])
        #expect(detectors.compactMap { $0["name"] as? String } == ["default", "tiny"])
        for detector in detectors {
            #expect(detector["labels"] as? [String] == ["red", "green", "sky \"blue\""])
            #expect(detector["width"] as? Int == 32 && detector["height"] as? Int == 32)
        }
        let named = try await Self.ask(service, #""detector_name": "tiny", "detect": {"*": 50}"#)
        #expect(try Self.found(named).count == 3)
    }

    @Test(arguments: [
        (#""detector_name": "other""#, 400), (#""detect": {"red": "high"}"#, 400), (#""detect": []"#, 400),
        (#""regions": [{"top":0}]"#, 400), (#""preprocess": ["grayscale"]"#, 400), (#""id": 7"#, 400),
    ])
    func failuresAreOfItsForm(members: String, status: Int) async throws {
        for path in ["/detect", "/image"] {
            let response = try await Self.ask(try Service(), members, at: path)
            #expect(response.status.code == status, "\(response.text)")
            #expect(Set(try response.object.keys) == ["detections", "error"])
        }
    }

    /// Its clients show a key in a field of their own.
    @Test func itsKeyIsTaken() async throws {
        let service = try Service()
        service.service.requireKeys(try APIKeys(parsing: Array("first-key-1234".utf8)))
        #expect(try await service.ask(.get, "/detectors").status == .unauthorized)
        #expect(try await service.ask(.get, "/detectors", headers: ["doods-auth-key": "first-key-1234"]).status == .ok)
    }
}
