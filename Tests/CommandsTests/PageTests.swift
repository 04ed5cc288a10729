import Foundation
import TestSupport
import Testing

/// The page at the root, as the program serves it.
@Suite(.endToEnd)
struct PageTests {
    private static let files = ["/", "/page.css", "/page.js", "/icon.svg", "/sample.jpg"]
    private static let told = "there is a page to try it with"

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("The program says where its page is, and serves it")
    func address() throws {
        let server = try ServerProcess(model: try folder.writeModel())
        #expect(try server.event(Self.told)["address"] == "http://127.0.0.1:\(server.port)/")
        for file in Self.files {
            let answer = try server.get(file)
            #expect(answer.status == 200)
            let head = try server.ask("HEAD", file)
            #expect(head.status == 200 && head.body.isEmpty)
            #expect(head.headers["content-length"] == "\(answer.body.count)")
            let tag = try #require(answer.headers["etag"])
            let again = try server.ask("GET", file, headers: ["If-None-Match: \(tag)"])
            #expect(again.status == 304 && again.body.isEmpty)
        }
    }

    @Test("Without it nothing is there", arguments: [[:], ["MULTIBOX_NO_PAGE": "true"]])
    func noPage(environment: [String: String]) throws {
        let server = try ServerProcess(
            model: try folder.writeModel(), environment.isEmpty ? ["--no-page"] : [], environment: environment)
        for file in Self.files {
            let answer = try server.get(file)
            #expect(answer.status == 404, "\(file)")
            #expect(answer.headers["content-type"] == "application/problem+json")
        }
        #expect(try server.get("/model").status == 200)
        #expect(!server.process.output.allLines.contains { $0.contains(Self.told) })
    }

    @Test("The built-in model finds something in the sample photo")
    func sample() throws {
        let server = try ServerProcess()
        let found = try server.ask(body: try server.get("/sample.jpg").body)
        #expect(found.status == 200)
        #expect(try found.detections.count >= 3)
    }

    @Test(
        "What people do with the page works in Chromium",
        .enabled(
            if: Browser.isAvailable, "needs Chromium and Python's playwright: make browser, or make test, does that"))
    func chromium() throws {
        let (python, chromium) = (try #require(Browser.python), try #require(Browser.chromium))
        let key = "a-right-key-of-somebody-0123456789"
        let plain = try ServerProcess()
        let keyed = try ServerProcess(["--api-keys-file", try folder.write("keys", key + "\n")])
        let limited = try ServerProcess(["--rate-limit", "1/s"])
        let small = try ServerProcess(["--max-body-bytes", "65536"])
        let several = try ServerProcess(model: "first=built-in", ["--model", "second=built-in"])
        func url(_ server: ServerProcess) -> String { "http://127.0.0.1:\(server.port)/" }
        var arguments = [
            Program.repository + "/Tests/Browser/page.py", "--chromium", chromium, "--url", url(plain),
            "--photo", Program.repository + "/Sources/CPage/sample.jpg", "--keyed", url(keyed), "--key", key,
            "--limited", url(limited), "--small", url(small), "--several", url(several),
        ]
        #if DEBUG
            // The bound is for the program as it is shipped.
            arguments += ["--drop-limit", "5000"]
        #endif
        if let pictures = ProcessInfo.processInfo.environment["MULTIBOX_SCREENSHOTS"] {
            arguments += ["--screenshots", pictures]
        }
        let script = try ChildProcess(python, arguments, environment: ["HOME": folder.path])
        defer { script.end() }
        var count = 0
        while true {
            let line = try script.output.line(after: count) { $0 }
            count += 1
            if line.hasPrefix("done: ") { break }
            print(line)
            if line.hasPrefix("FAILED: ") { Issue.record("\(line)") }
        }
        let lines = script.output.allLines
        #expect(try script.wait() == .status(0), "\(script.errors.allLines.suffix(5))")
        #expect(lines.count { $0.hasPrefix("ok: ") } >= 25)
        #expect(!lines.contains { $0.contains("left out") })
    }
}
