import HTTP
import Images
import Serving
import TestSupport
import Testing

/// Answers that are pictures.
@Suite struct PictureTests {
    @Test(arguments: [
        ("?format=image", nil, "image/jpeg"), ("?format=image", "image/png", "image/png"),
        ("?format=image", "application/json", "image/jpeg"), ("", "image/jpeg", "image/jpeg"),
        ("", "image/png", "image/png"), ("", "image/*", "image/jpeg"),
        ("", "image/png;q=0.4, image/jpeg;q=0.3", "image/png"), ("", "*/*", "application/json"),
        ("", nil, "application/json"), ("", "text/html, */*;q=0.8", "application/json"),
        ("?format=json", "image/png", "application/json"),
    ])
    func areChosenByOptionAndAccept(query: String, accept: String?, type: String) async throws {
        var headers = HeaderFields()
        headers["Accept"] = accept
        let response = try await Service().ask(.post, "/detect" + query, headers: headers, body: try ColorPhoto().png)
        #expect(response.status == .ok)
        #expect(response.headers["Content-Type"] == type)
    }

    @Test(arguments: ["text/html", "image/webp", "application/json;q=0"])
    func areRefusedInOtherTypes(accept: String) async throws {
        let response = try await Service().ask(headers: ["Accept": accept], body: try ColorPhoto().png)
        #expect(response.status == .notAcceptable)
        #expect(response.problem == "not-acceptable")
    }

    @Test func showTheUprightPhotoWithItsBoxes() async throws {
        let photo = try ColorPhoto(width: 512, height: 256, cells: [0: .red]).sidewaysJPEG
        let service = try Service()
        let response = try await service.ask(headers: ["Accept": "image/png"], body: photo)
        let drawn = try ImageDecoder().decode(response.body)
        let plain = try ImageDecoder().decode(photo)
        #expect(drawn.size == ImageSize(width: 256, height: 512))
        // The outline of the box 192 ... 256, 0 ... 128 is drawn, its inside and the far corner are as they were.
        #expect(drawn[192, 100] != plain[192, 100])
        #expect(drawn[220, 100] == plain[220, 100])
        #expect(drawn[20, 500] == plain[20, 500])
        #expect(response.headers["Server-Timing"]?.hasPrefix("decode;dur=") == true)
        #expect(service.log.records.first?.bytesOut == response.body.count)
    }

    @Test func areProblemsWhereThePhotoIsBroken() async throws {
        let response = try await Service().ask(
            headers: ["Accept": "image/png"], body: Array(try ColorPhoto().png.prefix(60)))
        #expect(response.problem == "undecodable-image")
    }
}
