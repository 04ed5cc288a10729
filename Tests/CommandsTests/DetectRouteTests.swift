import TestSupport
import Foundation
import Images
import Testing

/// `POST /detect` of the real binary: every way to send photos and to ask for answers.
@Suite(.endToEnd)
struct DetectRouteTests {
    private let folder: TemporaryFolder
    private let server: ServerProcess
    private let photo = ColorPhoto(width: 128, cells: [0: .red, 6: .green, 15: .blue])

    init() throws {
        folder = try TemporaryFolder()
        server = try ServerProcess(model: folder.writeModel())
    }

    @Test("The body is a photo, whatever its type is called")
    func rawPhoto() throws {
        for (header, body) in [
            ("Content-Type: image/jpeg", try photo.jpeg), ("Content-Type: image/png", try photo.png),
            ("Content-Type: application/x-www-form-urlencoded", try photo.jpeg), ("Accept: */*", try photo.png),
        ] {
            let reply = try server.ask(headers: [header], body: body)
            #expect(reply.status == 200, "\(header): \(reply.text)")
            expect(try reply.detections, are: photo.objects)
            let object = try reply.object
            #expect(object["image"] as? [String: Int] == ["width": 128, "height": 64])
            #expect((object["model"] as? [String: String])?["name"] == "colors")
            let times = try #require(object["timing_ms"] as? [String: Double])
            #expect(Set(times.keys) == ["decode", "queue", "inference", "postprocess", "total"])
            #expect(times.values.allSatisfy { $0 >= 0 })
            #expect(reply.headers["content-type"] == "application/json")
            #expect(reply.headers["server-timing"]?.contains("inference") == true)
        }
    }

    @Test("The body is a form, with options beside the photo")
    func form() throws {
        let body = Form().with("threshold", "0.3").with(file: "image", try photo.jpeg).with("classes", "green,3").body
        let reply = try server.ask(headers: ["Content-Type: \(Form.contentType)"], body: body)
        #expect(reply.status == 200, "\(reply.text)")
        expect(try reply.detections, are: photo.objects.filter { $0.id != 1 })
    }

    @Test("The body is JSON, the photo base64 or a data URL")
    func json() throws {
        let base64 = Data(try photo.png).base64EncodedString()
        for text in [base64, "data:image/png;base64," + base64] {
            let body = try JSONSerialization.data(withJSONObject: ["image": text, "max_detections": 2])
            let reply = try server.ask(headers: ["Content-Type: application/json"], body: [UInt8](body))
            #expect(reply.status == 200, "\(reply.text)")
            #expect(try reply.detections.count == 2)
        }
    }

    @Test("Several photos are answered in their order, a bad one by its own problem")
    func severalPhotos() throws {
        let photos = (0..<9).map { ColorPhoto.numbered($0 * 5) }
        var list = try photos.map { Data(try $0.jpeg).base64EncodedString() }
        list.insert(Data("no photo".utf8).base64EncodedString(), at: 4)
        let body = try JSONSerialization.data(withJSONObject: ["images": list])
        let reply = try server.ask(headers: ["Content-Type: application/json"], body: [UInt8](body))
        #expect(reply.status == 200, "\(reply.text)")
        var results = try #require(try reply.object["results"] as? [[String: Any]])
        try #require(results.count == 10)
        #expect((results.remove(at: 4)["problem"] as? [String: Any])?["status"] as? Int == 415)
        for (result, photo) in zip(results, photos) {
            expect(try Found.list(result["detections"]), are: photo.objects)
        }
        var form = Form()
        for photo in photos { form = form.with(file: "image", try photo.png) }
        let formReply = try server.ask(headers: ["Content-Type: \(Form.contentType)"], body: form.body)
        let formResults = try #require(try formReply.object["results"] as? [[String: Any]])
        try #require(formResults.count == 9)
        for (result, photo) in zip(formResults, photos) {
            expect(try Found.list(result["detections"]), are: photo.objects)
        }
    }

    @Test("Options choose what is answered")
    func options() throws {
        // Half-bright cells have scores of about a half.
        let dim = ColorPhoto(cells: [3: .red.at(140), 9: .blue.at(140)])
        let found = try server.ask("POST", "/detect?threshold=0.4", body: dim.png).detections
        expect(found, are: dim.objects, score: 0.5...0.7)
        #expect(try server.ask("POST", "/detect?threshold=0.9", body: dim.png).detections.isEmpty)
        #expect(try server.ask("POST", "/detect?max_detections=1", body: dim.png).detections == [found[0]])
        #expect(
            try server.ask("POST", "/detect?classes=blue", body: dim.png).detections == found.filter { $0.id == 3 })
        let relative = try server.ask("POST", "/detect?coordinates=relative&classes=1", body: dim.png).detections
        #expect(relative.map(\.box) == [[0.75, 0, 1, 0.25]])
    }

    @Test("The answer can be the photo with its boxes")
    func picture() throws {
        for (target, header, format) in [
            ("/detect?format=image", "Accept: */*", ImageFormat.jpeg), ("/detect", "Accept: image/png", .png),
            ("/detect", "Accept: image/jpeg", .jpeg),
        ] {
            let reply = try server.ask("POST", target, headers: [header], body: photo.png)
            #expect(reply.status == 200)
            #expect(reply.headers["content-type"] == format.mediaType)
            #expect(ImageFormat.sniff(reply.body) == format)
            let picture = try ImageDecoder().decode(reply.body)
            #expect(picture.size == photo.image.size)
            // The box of the first cell is drawn along its edge, over black and red.
            #expect(picture != photo.image)
        }
    }

    @Test("A photo of one pixel is a photo")
    func onePixel() throws {
        let reply = try server.ask(body: ImageEncoder.png(PixelImage(width: 1, height: 1)))
        #expect(reply.status == 200)
        #expect(try reply.detections.isEmpty)
    }

    @Test("A request keeps its identifier, or is given one")
    func identity() throws {
        let body = try photo.png
        let reply = try server.ask(headers: ["X-Request-Id: camera-7"], body: body)
        #expect(reply.headers["x-request-id"] == "camera-7")
        #expect(try reply.object["id"] as? String == "camera-7")
        let others = try (0..<2).map { _ in try server.ask(headers: ["X-Request-Id: sp ace\"s"], body: body) }
        #expect(others.allSatisfy { $0.headers["x-request-id"]?.isEmpty == false })
        #expect(Set(others.map { $0.headers["x-request-id"] }).count == 2)
    }

    @Test("The log has a line for each request")
    func log() throws {
        _ = try server.ask("POST", "/detect", headers: ["X-Request-Id: logged-1"], body: photo.png)
        let line = try server.process.output.line { $0.contains("logged-1") ? $0 : nil }
        let entry = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(entry["route"] as? String == "/detect")
        #expect(entry["status"] as? Int == 200)
        #expect(entry["images"] as? Int == 1)
        #expect(entry["bytes_in"] as? Int == (try photo.png).count)
        #expect(entry["inference_ms"] is Double)
    }
}
