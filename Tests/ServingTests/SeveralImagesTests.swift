import Foundation
import HTTP
import Serving
import TestSupport
import Testing

/// Requests of several images.
@Suite struct SeveralImagesTests {
    private static func json(_ images: [String], _ more: String = "") -> [UInt8] {
        let list = images.map { "\"\($0)\"" }.joined(separator: ",")
        return Array("{\"images\":[\(list)]\(more)}".utf8)
    }

    private static let type: HeaderFields = ["Content-Type": "application/json"]

    private static func results(_ response: Response) throws -> [[String: Any]] {
        #expect(response.status == .ok)
        #expect(Set(try response.object.keys) == ["id", "model", "results"])
        return try #require(try response.object["results"] as? [[String: Any]])
    }

    @Test func areAnsweredInTheirOrder() async throws {
        let colors = (0..<20).map { [ColorPhoto.Color.red, .green, .blue][$0 % 3] }
        let images = try colors.enumerated().map {
            Data(try ColorPhoto(cells: [$0.offset % 16: $0.element]).png).base64EncodedString()
        }
        let service = try Service(streams: 2)
        let results = try Self.results(try await service.ask(headers: Self.type, body: Self.json(images)))
        #expect(results.count == 20)
        for (index, result) in results.enumerated() {
            #expect(Set(result.keys) == ["image", "detections"])
            let found = try Found.list(result["detections"])
            #expect(found.map(\.id) == [index % 3 + 1])
            #expect(found.first?.box[0] == Double(index % 16 % 4) * 16)
        }
        #expect(service.log.records.first?.images == 20)
    }

    @Test func aBadOneFailsAlone() async throws {
        let good = Data(try ColorPhoto().png).base64EncodedString()
        let cut = Data(try ColorPhoto().png.prefix(50)).base64EncodedString()
        let service = try Service()
        let body = Self.json([good, "%%%", cut, "AAAA", "", good])
        let results = try Self.results(try await service.ask(headers: Self.type, body: body))
        let problems = results.map { ($0["problem"] as? [String: Any])?["type"] as? String }
        #expect(
            problems == [
                nil, "urn:multibox:problem:malformed-base64", "urn:multibox:problem:undecodable-image",
                "urn:multibox:problem:not-an-image", "urn:multibox:problem:missing-image", nil,
            ])
        let problem = try #require(results[2]["problem"] as? [String: Any])
        #expect(Set(problem.keys) == ["type", "title", "status", "detail"])
        #expect(problem["status"] as? Int == 422)
        #expect(try Found.list(results[5]["detections"]).count == 1)
        #expect(try await service.metric("multibox_images_total{outcome=\"detected\"}") == 2)
        #expect(try await service.metric("multibox_images_total{outcome=\"undecodable\"}") == 1)
        #expect(try await service.metric("multibox_images_total{outcome=\"not_an_image\"}") == 3)
    }

    @Test func aListOfOneIsAnsweredAsAList() async throws {
        let body = Self.json([Data(try ColorPhoto().png).base64EncodedString()], ",\"threshold\":1")
        let results = try Self.results(try await Service().ask(headers: Self.type, body: body))
        #expect(results.count == 1)
        #expect(try Found.list(results[0]["detections"]).isEmpty)
    }

    @Test func aFormMayHoldSeveral() async throws {
        let form = Form().with(file: "image", try ColorPhoto().png).with(
            file: "image", try ColorPhoto(cells: [0: .green]).png)
        let results = try Self.results(try await Service().ask(headers: Form.headers, body: form.body))
        #expect(try results.map { try Found.list($0["detections"])[0].label } == ["red", "green"])
    }

    @Test func moreThanTheLimitAreRefused() async throws {
        let image = Data(try ColorPhoto().png).base64EncodedString()
        let service = try Service { $0.maximumImagesPerRequest = 3 }
        let three = try await service.ask(headers: Self.type, body: Self.json(Array(repeating: image, count: 3)))
        #expect(three.status == .ok)
        let four = try await service.ask(headers: Self.type, body: Self.json(Array(repeating: image, count: 4)))
        #expect(four.status == .contentTooLarge)
        #expect(four.problem == "too-many-images")
    }

    @Test(arguments: [0, 3, 7]) func ofEightOneIsBadAndSevenAreAnswered(bad: Int) async throws {
        var form = Form()
        for index in 0..<8 {
            let photo = try ColorPhoto(cells: [index: .green]).png
            form = form.with(file: "image", index == bad ? Array(photo.dropLast(photo.count / 2)) : photo)
        }
        let service = try Service(streams: 2)
        let results = try Self.results(try await service.ask(headers: Form.headers, body: form.body))
        try #require(results.count == 8)
        for (index, result) in results.enumerated() {
            let problem = (result["problem"] as? [String: Any])?["type"] as? String
            #expect(problem == (index == bad ? "urn:multibox:problem:undecodable-image" : nil))
            guard index != bad else { continue }
            let found = try Found.list(result["detections"])
            #expect(
                found.map(\.box) == [
                    [
                        Double(index % 4) * 16, Double(index / 4) * 16, Double(index % 4 + 1) * 16,
                        Double(index / 4 + 1) * 16,
                    ]
                ])
        }
        let table = try await service.ask(.post, "/detect?format=csv", headers: Form.headers, body: form.body)
        let lines = table.text.split(separator: "\r\n").dropFirst()
        #expect(lines.map { Int($0.prefix(1)) } == (0..<8).map { Optional($0) })
        #expect(lines.filter { $0.hasSuffix(",undecodable-image") }.count == 1)
    }

    @Test func cannotBeAskedForAsAPicture() async throws {
        let image = Data(try ColorPhoto().png).base64EncodedString()
        let option = try await Service().ask(
            .post, "/detect?format=image", headers: Self.type, body: Self.json([image, image]))
        #expect(option.problem == "invalid-option")
        let accept = try await Service().ask(
            headers: ["Content-Type": "application/json", "Accept": "image/png"], body: Self.json([image, image]))
        #expect(accept.status == .notAcceptable)
    }
}
