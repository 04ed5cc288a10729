import TestSupport
import Foundation
import Testing

/// Requests that cannot be served are answered by what is wrong with them, and nothing else is disturbed.
@Suite(.endToEnd)
struct RefusedRequestTests {
    private let folder: TemporaryFolder
    private let server: ServerProcess

    init() throws {
        folder = try TemporaryFolder()
        server = try ServerProcess(model: folder.writeModel())
    }

    private struct Case {
        var name: String
        var target = "/detect"
        var headers: [String] = []
        var body: [UInt8]
        var status: Int
        var problem: String
    }

    /// The header of a PNG of so many pixels and nothing after it.
    private static func pngHeader(width: UInt32, height: UInt32) -> [UInt8] {
        func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        let header = Array("IHDR".utf8) + big(width) + big(height) + [8, 2, 0, 0, 0]
        // The check sum of PNG (ISO 3309), bit by bit.
        var sum: UInt32 = ~0
        for byte in header {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
        }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + big(13) + header + big(~sum)
    }

    private static func cases() throws -> [Case] {
        let photo = ColorPhoto(cells: [5: .green])
        let (jpeg, png) = (try photo.jpeg, try photo.png)
        let json = ["Content-Type: application/json"]
        return [
            Case(name: "no body", body: [], status: 400, problem: "missing-image"),
            Case(name: "text", body: Array("hello".utf8), status: 415, problem: "not-an-image"),
            Case(
                name: "text called a JPEG", headers: ["Content-Type: image/jpeg"], body: Array("hello".utf8),
                status: 415, problem: "not-an-image"),
            Case(
                name: "truncated JPEG", body: Array(jpeg.dropLast(jpeg.count / 2)), status: 422,
                problem: "undecodable-image"),
            Case(name: "truncated PNG", body: Array(png.dropLast(20)), status: 422, problem: "undecodable-image"),
            Case(
                name: "PNG of 60000 × 60000", body: pngHeader(width: 60_000, height: 60_000), status: 413,
                problem: "image-too-large"),
            Case(
                name: "JSON cut short", headers: json, body: Array("{\"image\": \"".utf8), status: 400,
                problem: "malformed-json"),
            Case(
                name: "no base64", headers: json, body: Array("{\"image\": \"*\"}".utf8), status: 400,
                problem: "malformed-base64"),
            Case(
                name: "nested JSON", headers: json, body: Array(String(repeating: "[", count: 100_000).utf8),
                status: 400, problem: "malformed-json"),
            Case(
                name: "form without its end", headers: ["Content-Type: \(Form.contentType)"],
                body: Array(Form().with(file: "image", jpeg).body.dropLast(4)), status: 400,
                problem: "malformed-multipart"),
            Case(
                name: "empty form", headers: ["Content-Type: \(Form.contentType)"], body: Form().body, status: 400,
                problem: "missing-image"),
            Case(
                name: "threshold of 2", target: "/detect?threshold=2", body: jpeg, status: 400,
                problem: "invalid-option"),
            Case(
                name: "threshold not a number", target: "/detect?threshold=nan", body: jpeg, status: 400,
                problem: "invalid-option"),
            Case(
                name: "unknown option", target: "/detect?treshold=0.5", body: jpeg, status: 400,
                problem: "unknown-option"),
            Case(
                name: "unknown class", target: "/detect?classes=unicorn", body: jpeg, status: 400,
                problem: "invalid-option"),
            Case(
                name: "33 photos", headers: json,
                body: Array("{\"images\": [\(Array(repeating: "\"\"", count: 33).joined(separator: ","))]}".utf8),
                status: 413, problem: "too-many-images"),
            Case(
                name: "nothing acceptable", headers: ["Accept: text/html"], body: jpeg, status: 406,
                problem: "not-acceptable"),
            Case(name: "wrong path", target: "/nothing", body: jpeg, status: 404, problem: "not-found"),
        ]
    }

    @Test("Each has its status and its problem, and the service serves on")
    func problems() throws {
        for refused in try Self.cases() {
            let reply = try server.ask("POST", refused.target, headers: refused.headers, body: refused.body)
            #expect(reply.status == refused.status, "\(refused.name): \(reply.text)")
            #expect(reply.problem == refused.problem, "\(refused.name): \(reply.text)")
            // No path, no name of a source file.
            for leak in [folder.path, ".swift", "/usr"] { #expect(!reply.text.contains(leak), "\(reply.text)") }
        }
        let photo = ColorPhoto(cells: [5: .green])
        expect(try server.ask(body: photo.jpeg).detections, are: photo.objects)
        #expect(server.process.errors.allLines.isEmpty)
    }

    @Test("A wrong method is told the right one")
    func methods() throws {
        let wrong = try server.get("/detect")
        #expect(wrong.status == 405)
        #expect(wrong.headers["allow"]?.contains("POST") == true)
        let probe = try server.ask("DELETE", "/livez")
        #expect(probe.status == 405)
        #expect(probe.headers["allow"]?.contains("GET") == true)
        #expect(try server.ask("BREW", "/livez").status == 501)
    }

    @Test("What is no HTTP is answered 400 and ended")
    func noHTTP() throws {
        for text in [
            "hello\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n",
        ] {
            let connection = try server.connect()
            try connection.send(text)
            #expect(try connection.reply().status == 400, "\(text)")
            #expect(try connection.isAtEnd())
        }
        let version = try server.connect()
        try version.send("GET /livez HTTP/3.0\r\nHost: a\r\n\r\n")
        #expect(try version.reply().status == 505)
        #expect(try server.get("/livez").status == 200)
    }

    @Test("Contents of two lengths, or framed twice, are refused: they would be read differently by another server")
    func smuggling() throws {
        for framing in ["Content-Length: 4\r\nContent-Length: 5", "Content-Length: 4\r\nTransfer-Encoding: chunked"] {
            let connection = try server.connect()
            try connection.send(
                "POST /detect HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\n")
            #expect(try connection.reply().status == 400)
            #expect(try connection.isAtEnd())
        }
    }
}
