import Foundation
import TestSupport
import Testing

/// The answer of `/detect`, letter by letter but for its identifier and its times: who has read it before reads it still.
@Suite(.endToEnd)
struct AnswerFormTests {
    private let folder: TemporaryFolder
    private let server: ServerProcess
    private let photo = ColorPhoto(width: 128, cells: [0: .red, 6: .green])

    init() throws {
        folder = try TemporaryFolder()
        server = try ServerProcess(model: folder.writeModel())
    }

    /// An answer with # for each of its digits of identifier, version and times.
    private func masked(_ reply: Reply) throws -> String {
        #expect(reply.status == 200, "\(reply.text)")
        var text = reply.text.replacing(/"id":"[0-9a-f]{32}"/, with: ##""id":"#""##)
        text = text.replacing(/"version":"[0-9a-f]{8}"/, with: ##""version":"#""##)
        for time in ["decode", "queue", "inference", "postprocess", "total"] {
            text = text.replacing(try Regex("\"\(time)\":[0-9]+(\\.[0-9]{1,3})?([,}])"), maxReplacements: 1) { match in
                "\"\(time)\":#" + (match.output[2].substring ?? "")
            }
        }
        return text
    }

    private static let head = ##"{"id":"#","model":{"name":"colors","version":"#"},"##
    private static let photo = #"{"width":128,"height":64}"#
    private static let red =
        #"{"class":"red","class_id":1,"score":0.9975,"box":{"xmin":0.0,"ymin":0.0,"xmax":32.0,"ymax":16.0}}"#
    private static let green =
        #"{"class":"green","class_id":2,"score":0.9975,"box":{"xmin":64.0,"ymin":16.0,"xmax":96.0,"ymax":32.0}}"#
    private static let times =
        ##""timing_ms":{"decode":#,"queue":#,"inference":#,"postprocess":#,"total":#}}"## + "\n"

    @Test func `of one photo`() throws {
        #expect(
            try masked(server.ask(body: photo.png))
                == Self.head + "\"image\":\(Self.photo),\"detections\":[\(Self.red),\(Self.green)]," + Self.times)
    }

    @Test func `of several, one of which is none`() throws {
        let form = Form().with(file: "image", try photo.png).with(file: "image", Array("text".utf8)).body
        let found = "{\"image\":\(Self.photo),\"detections\":[\(Self.red),\(Self.green)]}"
        let problem = #"""
            {"problem":{"type":"urn:multibox:problem:not-an-image","title":"Unsupported Media Type","status":415,\#
            "detail":"The data is not a JPEG, PNG or WebP image."}}
            """#
        let text = try masked(server.ask(headers: ["Content-Type: \(Form.contentType)"], body: form))
        #expect(text == Self.head + "\"results\":[\(found),\(problem)]}\n")
    }
}
