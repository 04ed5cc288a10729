import Foundation
import HTTP
import Serving
import TestSupport
import Testing

/// Bodies that are no photo: the status and the type of problem of each.
@Suite struct BodyErrorTests {
    @Test(arguments: [
        ("", "", "missing-image", 400),
        ("application/json", "", "missing-image", 400),
        ("application/json", "{}", "missing-image", 400),
        ("application/json", "{\"images\":[]}", "missing-image", 400),
        ("application/json", "{\"image\":\"\"}", "missing-image", 400),
        ("application/json", "[1]", "not-an-object", 400),
        ("application/json", "\"image\"", "not-an-object", 400),
        ("application/json", "[1", "malformed-json", 400),
        ("application/json", "{\"image\":", "malformed-json", 400),
        ("application/json", "{\"image\":1}", "malformed-json", 400),
        ("application/json", "{\"image\":\"\",\"image\":\"\"}", "malformed-json", 400),
        ("application/json", "{\"image\":\"\",\"images\":[]}", "malformed-json", 400),
        ("application/json", "{\"images\":\"\"}", "malformed-json", 400),
        ("application/json", "{\"image\":\"http://192.0.2.1/a.jpg\"}", "malformed-base64", 400),
        ("application/json", "{\"image\":\"data:image/png,abc\"}", "malformed-base64", 400),
        ("application/json", "{\"image\":\"AAAA\"}", "not-an-image", 415),
        ("image/jpeg", "this is no photo", "not-an-image", 415),
        ("image/gif", "GIF89a.............", "not-an-image", 415),
        ("", "hello", "not-an-image", 415),
        ("image/jpeg", "\u{89}", "not-an-image", 415),
        ("application/x-www-form-urlencoded", "image=photo.jpg", "not-an-image", 415),
        ("application/x-www-form-urlencoded", "[1]", "not-an-image", 415),
        ("image/heic", "\0\0\0\u{18}ftypheic\0\0\0\0mif1heic", "not-an-image", 415),
        ("application/json", "\0\0\0\u{18}ftypavif\0\0\0\0mif1avif", "not-an-image", 415),
        ("multipart/form-data", "--x--", "malformed-multipart", 400),
        ("multipart/form-data; boundary=x", "nothing", "malformed-multipart", 400),
        ("multipart/form-data; boundary=x", "--x--\r\n", "missing-image", 400),
    ])
    func areToldApart(type: String, body: String, problem: String, status: Int) async throws {
        let headers: HeaderFields = type.isEmpty ? [:] : ["Content-Type": type]
        let response = try await Service().ask(headers: headers, body: Array(body.utf8))
        #expect(response.problem == problem)
        #expect(response.status.code == status)
        if status == 415 { #expect(try #require(response.headers["Accept"]).contains("image/jpeg")) }
    }

    @Test(arguments: [
        (
            "application/json", "[{\"image\":\"\"}]",
            ["is an array", "an object is expected", #"{"image": "<base64>"}"#]
        ),
        ("application/json", "null", ["is null"]), ("application/json", "1", ["is a number"]),
        ("application/x-www-form-urlencoded", "image=photo.jpg", ["Content-Type", "-F image=@", "application/json"]),
        ("application/x-www-form-urlencoded", "@photo.jpg", ["Content-Type", "--data-binary @"]),
        ("image/heic", "\0\0\0\u{18}ftypheic\0\0\0\0mif1heic", ["HEIC", "convert it to JPEG", "heif-convert"]),
        ("", "\0\0\0\u{18}ftypmif1\0\0\0\0mif1avif", ["AVIF", "convert it to JPEG", "magick"]),
    ])
    func sayWhatToDo(type: String, body: String, words: [String]) async throws {
        let headers: HeaderFields = type.isEmpty ? [:] : ["Content-Type": type]
        let service = try Service()
        let response = try await service.ask(headers: headers, body: Array(body.utf8))
        let detail = try #require(try response.object["detail"] as? String)
        for word in words { #expect(detail.contains(word), "\(detail)") }
        let count = try await service.metric("multibox_images_total{outcome=\"not_an_image\"}")
        #expect(count == (response.status.code == 415 ? 1 : 0))
    }

    @Test(arguments: ["application/x-www-form-urlencoded", "text/plain"])
    func jsonIsReadWhateverCurlCallsIt(type: String) async throws {
        let image = Data(try ColorPhoto().png).base64EncodedString()
        let response = try await Service().ask(
            headers: ["Content-Type": type], body: Array(#"{"image":"\#(image)","threshold":".6"}"#.utf8))
        #expect(try response.detections.map(\.label) == ["red"])
    }

    @Test func aForeignFormatInAFormIsNamedToo() async throws {
        let heic: [UInt8] = Array("\0\0\0\u{18}ftypheix\0\0\0\0mif1heix".utf8)
        let form = Form().with(file: "image", heic)
        let response = try await Service().ask(headers: Form.headers, body: form.body)
        #expect(response.status.code == 415 && response.text.contains("HEIC"))
    }

    @Test func aPhotoThatIsCutShortIsUndecodable() async throws {
        let photo = try ColorPhoto().png
        let response = try await Service().ask(body: Array(photo.prefix(photo.count / 2)))
        #expect(response.status == .unprocessableContent)
        #expect(response.problem == "undecodable-image")
    }

    @Test func aPhotoOfTooManyPixelsIsRefusedBeforeItIsDecoded() async throws {
        let service = try Service { $0.imageLimits.maximumPixels = 64 * 64 - 1 }
        let response = try await service.ask(body: try ColorPhoto().png)
        #expect(response.status == .contentTooLarge)
        #expect(response.problem == "image-too-large")
        #expect(try await service.metric("multibox_rejected_total{reason=\"image_too_large\"}") == 1)
        #expect(try await service.metric("multibox_images_total{outcome=\"too_large\"}") == 1)
    }

    @Test func aFormOfUnknownFieldsIsRefused() async throws {
        let service = try Service()
        let field = Form().with("colour", "blue").with(file: "image", try ColorPhoto().png)
        #expect(try await service.ask(headers: Form.headers, body: field.body).problem == "unknown-option")
        // Beside parts named image, another file is no image but a mistake.
        let file = Form().with(file: "image", try ColorPhoto().png).with(file: "thumbnail", try ColorPhoto().png)
        #expect(try await service.ask(headers: Form.headers, body: file.body).problem == "unknown-option")
    }

    @Test func anEmptyFileIsNoImage() async throws {
        let form = Form().with(file: "image", [])
        let response = try await Service().ask(headers: Form.headers, body: form.body)
        #expect(response.status == .badRequest)
        #expect(response.problem == "missing-image")
    }

    @Test(arguments: ["deflate, gzip", "gzip, gzip", "br", "gzip;q=1"]) func contentCodingsAreRefused(coding: String)
        async throws
    {
        let service = try Service()
        let headers: HeaderFields = ["Content-Encoding": coding]
        let response = try await service.ask(headers: headers, body: try ColorPhoto().png)
        #expect(response.status == .unsupportedMediaType)
        #expect(response.headers["Accept-Encoding"] == "gzip, deflate, identity")
        guard case .answer(let early) = service.service.decide(try RequestHead(.post, "/detect", headers: headers))
        else {
            Issue.record("the content would be read")
            return
        }
        #expect(early.status == .unsupportedMediaType)
    }

    @Test func theIdentityCodingIsNone() async throws {
        let response = try await Service().ask(headers: ["Content-Encoding": "Identity"], body: try ColorPhoto().png)
        #expect(response.status == .ok)
    }

    @Test func bodiesOverTheLimitAreRefusedUnread() async throws {
        let service = try Service { $0.maximumBodyBytes = 100 }
        let head = try RequestHead(.post, "/detect", contentLength: 101)
        guard case .answer(let early) = service.service.decide(head) else {
            Issue.record("the content would be read")
            return
        }
        #expect(early.problem == "body-too-large")
        #expect(early.status == .contentTooLarge)
        #expect(
            try service.bodyLimit(RequestHead(.post, "/detect", contentLength: 100)) == 100)
        let late = try await service.ask(body: Array(repeating: 0xFF, count: 101))
        #expect(late.status == .contentTooLarge)
        #expect(try await service.metric("multibox_rejected_total{reason=\"body_too_large\"}") == 2)
    }
}
