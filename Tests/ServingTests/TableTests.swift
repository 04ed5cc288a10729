import Foundation
import HTTP
import ModelFiles
import Serving
import TestSupport
import Testing

/// Detections as comma-separated values.
@Suite struct TableTests {
    private static let head = "class,class_id,score,xmin,ymin,xmax,ymax\r\n"

    @Test(
        arguments: [("?format=csv", nil), ("", "text/csv"), ("?format=csv", "application/json"), ("", "text/*")]
            as [(String, String?)])
    func aPhotosTableHasALineForEachDetection(query: String, accept: String?) async throws {
        let photo = try ColorPhoto(cells: [0: .red, 10: .blue]).png
        var headers: HeaderFields = [:]
        if let accept { headers.add("Accept", accept) }
        let response = try await Service().ask(.post, "/detect" + query, headers: headers, body: photo)
        #expect(response.status == .ok)
        #expect(response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present")
        #expect(
            response.text == Self.head + "red,1,0.9975,0.00,0.00,16.00,16.00\r\n"
                + "\"sky \"\"blue\"\"\",3,0.9975,32.00,32.00,48.00,48.00\r\n")
    }

    @Test func sharesAreWrittenAsJSONHasThem() async throws {
        let photo = try ColorPhoto(cells: [5: .red]).png
        let response = try await Service().ask(.post, "/detect?format=csv&coordinates=relative", body: photo)
        #expect(response.text == Self.head + "red,1,0.9975,0.250000,0.250000,0.500000,0.500000\r\n")
    }

    @Test func nothingFoundIsAHeadAlone() async throws {
        let response = try await Service().ask(.post, "/detect?format=csv", body: try ColorPhoto(cells: [:]).png)
        #expect(response.text == Self.head)
    }

    @Test func severalHaveAColumnForTheImageAndOneForItsProblem() async throws {
        let photo = try ColorPhoto(cells: [0: .red, 5: .green]).png
        let form = Form().with(file: "image", photo).with(file: "image", Array("text".utf8)).with(file: "image", photo)
        let response = try await Service().ask(.post, "/detect?format=csv", headers: Form.headers, body: form.body)
        #expect(
            response.text
                == """
                image,class,class_id,score,xmin,ymin,xmax,ymax,problem
                0,red,1,0.9975,0.00,0.00,16.00,16.00,
                0,green,2,0.9975,16.00,16.00,32.00,32.00,
                1,,,,,,,,not-an-image
                2,red,1,0.9975,0.00,0.00,16.00,16.00,
                2,green,2,0.9975,16.00,16.00,32.00,32.00,

                """.replacing("\n", with: "\r\n"))
    }

    @Test func theOneImagesProblemIsTheAnswer() async throws {
        let response = try await Service().ask(.post, "/detect?format=csv", body: Array("text".utf8))
        #expect(response.problem == "not-an-image")
    }

    @Test(arguments: ["=1+1", "+x", "-x", "@x"]) func aNameIsNoFormula(name: String) async throws {
        let service = try Service(isLoaded: false)
        service.service.load(try Service.engine(classes: [nil, name, "green", "a,b"]))
        let photo = try ColorPhoto(cells: [0: .red, 5: .blue]).png
        let response = try await service.ask(.post, "/detect?format=csv", body: photo)
        let names = response.text.split(separator: "\r\n").dropFirst().map { $0.prefix { $0 != "1" && $0 != "3" } }
        #expect(response.text.contains("\r\n'\(name),1,0.9975"), "\(names)")
        #expect(response.text.contains("\r\n\"a,b\",3,0.9975"))
    }

    @Test func isCompressedForWhoLikesThat() async throws {
        let cells = Dictionary(uniqueKeysWithValues: (0..<16).map { ($0, ColorPhoto.Color.red) })
        let form = (0..<4).reduce(Form()) { form, _ in
            (try? ColorPhoto(cells: cells).png).map { form.with(file: "image", $0) } ?? form
        }
        var headers = Form.headers
        headers.add("Accept-Encoding", "gzip")
        let response = try await Service().ask(.post, "/detect?format=csv", headers: headers, body: form.body)
        #expect(response.headers["Content-Encoding"] == "gzip")
    }
}
