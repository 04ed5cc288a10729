import Foundation
import TestSupport
import Testing

/// The files of `Documentation/Clients`, each against a service.
@Suite(.endToEnd)
struct ClientSnippetTests {
    private static let keys = "snippets:key-of-the-snippets\n"
    private static let key = "key-of-the-snippets"

    /// What the snippets print of the photo: a line an object.
    private func expect(objectsIn lines: [String], _ path: String) {
        let photo = Workplace.photo
        let names = [1: "person", 2: "dog", 3: "cat"]
        let found = lines.map { $0.split(separator: "\t").map(String.init) }
        #expect(found.count == photo.objects.count && found.allSatisfy { $0.count == 7 && $0[0] == path }, "\(lines)")
        let boxes = Set(found.map { "\($0[1]) \($0.dropFirst(3).compactMap { Double($0) })" })
        #expect(boxes == Set(photo.objects.map { "\(names[$0.id] ?? "") \($0.box)" }), "\(lines)")
    }

    /// A service that asks for a key, and a folder beside it.
    private func closed(_ arguments: [String] = []) throws -> Workplace {
        let folder = try TemporaryFolder()
        let keys = try folder.write("keys", Self.keys)
        return try withExtendedLifetime(folder) { try Workplace(["--api-keys-file", keys] + arguments) }
    }

    @Test("Python", .enabled(if: Program.testPython != nil, "\(Program.testPythonAbsence)"))
    func python() throws {
        let workplace = try closed()
        let run = try workplace.run("python3 detect.py photo.jpg --url $URL --key \(Self.key)")
        #expect(run.exit == .status(0), "\(run.errors)")
        expect(objectsIn: run.lines, "photo.jpg")
        let unknown = try workplace.run("python3 detect.py photo.jpg --url $URL")
        #expect(unknown.exit == .status(1) && unknown.errors.contains("photo.jpg: Unauthorized: An API key is needed"))
        let text = try workplace.run("echo x >text.jpg; python3 detect.py text.jpg --url $URL --key \(Self.key)")
        #expect(text.exit == .status(1) && text.errors.contains("text.jpg: Unsupported Media Type: "))
    }

    @Test("Triton's client", .enabled(if: Program.testPython != nil, "\(Program.testPythonAbsence)"))
    func triton() throws {
        let workplace = try Workplace()
        let run = try workplace.run("python3 triton.py photo.jpg --url localhost:8080")
        #expect(run.exit == .status(0), "\(run.errors)")
        expect(objectsIn: run.lines, "photo.jpg")
    }

    /// What Frigate posts to the address in its configuration.
    @Test("Frigate: its detector", .enabled(if: Program.curl != nil, "needs curl"))
    func frigateDetector() throws {
        let workplace = try Workplace()
        let run = try workplace.run(
            """
            address=$(sed -n 's/ *api_url: //p' frigate.yaml)
            curl --silent --fail -F api_key= -F image=@photo.jpg "$URL${address#http://multibox.local:8080}"
            """)
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect((try run.object["predictions"] as? [Any])?.count == 3)
    }

    @Test("Node", .enabled(if: Program.node != nil, "needs Node 18 or later"))
    func node() throws {
        let workplace = try closed()
        let run = try workplace.run("node detect.mjs photo.jpg $URL \(Self.key)")
        #expect(run.exit == .status(0), "\(run.errors)")
        expect(objectsIn: run.lines, "photo.jpg")
        let unknown = try workplace.run("node detect.mjs photo.jpg $URL")
        #expect(unknown.exit == .status(1) && unknown.errors.contains("photo.jpg: Unauthorized: "), "\(unknown.errors)")
    }

    @Test(
        "A page of another origin, in a browser, where the service names it and where it does not",
        .enabled(if: Program.chromium != nil && Program.python != nil, "needs Chromium and Python"))
    func page() throws {
        let port = try freePort()
        let origin = "http://127.0.0.1:\(port)"
        for (origins, key, said) in [
            (origin, Self.key, "person 100 %"), (origin, "wrong-key-9999", "Unauthorized: The API key is not valid."),
            ("https://other.example", Self.key, "Failed to fetch"),
        ] {
            let workplace = try closed(["--cors-origin", origins])
            let files = try ChildProcess(
                try #require(Program.python),
                ["-m", "http.server", "--bind", "127.0.0.1", "--directory", workplace.folder.path, "\(port)"])
            defer { files.end() }
            for _ in 0..<200 where (try? RawClient(port: port)) == nil { usleep(50_000) }
            let address = "\(origin)/page.html?url=http://127.0.0.1:\(workplace.server.port)&key=\(key)"
            let browser = try ChildProcess(
                try #require(Program.chromium),
                [
                    "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(workplace.folder.path)/browser",
                    "--virtual-time-budget=20000", "--dump-dom", address,
                ], environment: ["HOME": workplace.folder.path])
            defer { browser.end() }
            _ = try browser.wait(atMost: 2 * Patience.seconds)
            let document = String(decoding: try browser.output.allBytes(), as: UTF8.self)
            #expect(document.contains("<li>\(said)"), "\(document)")
        }
    }

    @Test(
        "A shell and a camera", .enabled(if: Program.curl != nil && Program.jq != nil, "needs curl and jq"))
    func camera() throws {
        let workplace = try Workplace()
        // It looks twice, and says once what does not change.
        let run = try workplace.run("CAMERA=/dev/video0 CLASSES=person,dog sh camera.sh")
        #expect(run.exit == .status(0) && run.lines.count == 1, "\(run.text) \(run.errors)")
        #expect(run.text.hasSuffix(" 1 dog, 2 person\n"), "\(run.text)")
        let nothing = try workplace.run("CAMERA=/dev/video0 CLASSES=unicorn sh camera.sh")
        #expect(nothing.text.contains("The option “classes” takes names"), "\(nothing.text)")
        let without = try workplace.run("sh camera.sh")
        #expect(without.exit != .status(0) && without.errors.contains("say which camera"))
    }

    @Test("Frigate: its camera's latest picture", .enabled(if: Program.curl != nil, "needs curl"))
    func frigate() throws {
        let workplace = try Workplace()
        let run = try workplace.run("FRIGATE=http://frigate.local:5000 sh frigate.sh front-door")
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(try Found.list(run.object["detections"]).count == 3)
    }

    @Test("Home Assistant", .enabled(if: Program.testPython != nil, "\(Program.testPythonAbsence)"))
    func homeAssistant() throws {
        let workplace = try Workplace()
        let run = try workplace.run(
            "python3 '\(Program.repository)/Tests/Clients/home_assistant.py' home-assistant.yaml $URL photo.jpg")
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(
            run.lines == ["People at the door: 2", "multibox: ready", "rest_command.multibox_detect: person"],
            "\(run.text)")
    }

    /// The request of the action that Blue Iris runs, which has no shell and leaves a file beside the alert's.
    @Test("Blue Iris: an alert's action", .enabled(if: Program.curl != nil, "needs curl"))
    func blueIris() throws {
        let page = try DocumentationPage("Documentation/Clients/README.md")
        let action = try #require(page.blocks.first { $0.language == "text" })
        let workplace = try Workplace()
        let arguments = action.text.replacing("C:\\BlueIris\\Alerts\\&ALERT_PATH", with: "photo.jpg")
            .replacing("http://multibox.local:8080", with: "$URL")
        let run = try workplace.run("curl " + arguments)
        #expect(run.exit == .status(0), "\(run.errors)")
        let written = try workplace.folder.bytes("photo.jpg.json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(written)) as? [String: Any])
        #expect(try Found.list(object["detections"]).count == 3)
    }
}
