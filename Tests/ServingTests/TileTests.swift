import Foundation
import HTTP
import Images
import Serving
import TestSupport
import Testing

/// Parts of photos, as a request may ask for them.
@Suite struct TileTests {
    /// A blue object that the whole photo shows, and a red one that it does not, but a part of a grid of 4×4.
    private static func photo() throws -> [UInt8] {
        var image = PixelImage(width: 256, height: 256)
        for y in 79..<98 { for x in 79..<98 { image[x, y] = SIMD3(255, 0, 0) } }
        for y in 192..<256 { for x in 192..<256 { image[x, y] = SIMD3(0, 0, 255) } }
        return try ImageEncoder.png(image)
    }

    @Test func partsShowWhatIsSmall() async throws {
        let service = try Service(streams: 2)
        let photo = try Self.photo()
        let whole = try await service.ask(body: photo).detections
        #expect(whole.map(\.box) == [[192, 192, 256, 256]])
        let response = try await service.ask(.post, "/detect?tile=4x4", body: photo)
        let found = try response.detections
        #expect(found.filter { $0.label == "red" }.map(\.box) == [[79, 79, 98, 98]])
        for object in whole { #expect(found.contains { $0.label == object.label && $0.box == object.box }) }
        #expect(try await service.metric("multibox_images_total{outcome=\"detected\"}") == 2)
        #expect(service.log.records.prefix(2).map(\.images) == [1, 1])
        // All 17 have gone through the network, and none is counted any more.
        #expect(try await service.metric("multibox_batch_size_sum") == 18)
        #expect(try await service.metric("multibox_queue_depth") == 0)
        #expect(try await service.metric("multibox_queue_bytes") == 0)
    }

    @Test func otherOptionsActOnWhatWasMerged() async throws {
        let service = try Service()
        let photo = try Self.photo()
        func labels(_ query: String) async throws -> [String] {
            try await service.ask(.post, "/detect?tile=4x4&" + query, body: photo).detections.map(\.label)
        }
        #expect(try await labels("region=70,70,100,100&covers=true") == ["red"])
        #expect(try await labels("classes=red") == ["red"])
        #expect(try await labels("max_detections=1").count == 1)
        #expect(try await labels("threshold=red:1,*:0.5").contains("red") == false)
        let picture = try await service.ask(.post, "/detect?tile=4x4&format=image", body: photo)
        #expect(picture.status == .ok && picture.headers["Content-Type"] == "image/jpeg")
    }

    @Test func aPhotoOfTheInputsSizeStaysWhole() async throws {
        let service = try Service()
        #expect(
            try await service.ask(.post, "/detect?tile=auto", body: try ColorPhoto(width: 32, height: 32).png).status
                == .ok)
        #expect(
            try await service.ask(.post, "/detect?tile=2x2", body: try ColorPhoto(width: 32, height: 32).png).status
                == .ok)
        #expect(try await service.metric("multibox_batch_size_sum") == 2)
    }

    @Test func partsCountAsImagesOfTheRequest() async throws {
        let photo = try Self.photo()
        let service = try Service { $0.maximumImagesPerRequest = 10 }
        #expect(try await service.ask(.post, "/detect?tile=3x3", body: photo).status == .ok)
        let more = try await service.ask(.post, "/detect?tile=4x3", body: photo)
        #expect(more.status == .contentTooLarge && more.problem == "too-many-images")
        #expect(try #require(try more.object["detail"] as? String).contains("10"))
        let two = Form().with(file: "image", photo).with(file: "image", photo)
        #expect(
            try await service.ask(.post, "/detect?tile=3x2", headers: Form.headers, body: two.body).problem
                == "too-many-images")
        // What the service may choose, it chooses so that all photos have their share: two of 5 inputs each.
        let before = try #require(try await service.metric("multibox_batch_size_sum"))
        let chosen = try await service.ask(.post, "/detect?tile=auto", headers: Form.headers, body: two.body)
        #expect(chosen.status == .ok)
        #expect(try await service.metric("multibox_batch_size_sum") == before + 10)
        // With room for none it is as without.
        let narrow = try Service { $0.maximumQueuedImages = 1 }
        #expect(try await narrow.ask(.post, "/detect?tile=auto", body: photo).status == .ok)
        #expect(try await narrow.ask(.post, "/detect?tile=2x1", body: photo).problem == "too-many-images")
    }

    @Test func partsAreCountedBeforeTheyTakeMemory() async throws {
        let photo = try Self.photo()
        let input = 32 * 32 * 3 * 4
        let service = try Service { $0.maximumQueuedBytes = photo.count + 4 * input }
        #expect(try await service.ask(.post, "/detect?tile=2x1", body: photo).status == .ok)
        #expect(try await service.ask(.post, "/detect?tile=4x4", body: photo).problem == "queue-bytes-full")
        #expect(try await service.metric("multibox_queue_bytes") == 0)
        #expect(try await service.metric("multibox_queue_depth") == 0)
    }

    @Test func aBrokenPhotoHasItsProblem() async throws {
        let service = try Service()
        let photo = try Self.photo()
        #expect(
            try await service.ask(.post, "/detect?tile=auto", body: Array(photo.prefix(100))).problem
                == "undecodable-image")
        let form = Form().with(file: "image", Array(photo.prefix(100))).with(file: "image", photo)
        let response = try await service.ask(.post, "/detect?tile=2x2", headers: Form.headers, body: form.body)
        let results = try #require(try response.object["results"] as? [[String: Any]])
        #expect(results[0]["problem"] != nil && results[1]["detections"] != nil)
        #expect(try await service.metric("multibox_queue_depth") == 0)
    }

    @Test func aDeadlineEndsAllOfIt() async throws {
        let service = try Service { $0.deadline = .zero }
        #expect(try await service.ask(.post, "/detect?tile=2x2", body: try Self.photo()).problem == "deadline-exceeded")
        #expect(try await service.metric("multibox_queue_depth") == 0)
    }
}
