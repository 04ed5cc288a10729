import Foundation
import TestSupport
import Testing

/// What the README and the pages under `Documentation` say to type works, and what they say comes of it does.
@Suite(.endToEnd)
struct DocumentationTests {
    /// Lines that are not typed here, each with the reason.
    private static let elsewhere: [(line: String, reason: String)] = [
        ("docker build -t multibox", "needs a container engine; the Dockerfile runs what make build does"),
        ("docker compose -f Deploy/compose.yaml", "needs a container engine; DeploymentTests holds the file"),
        ("kubectl apply -f Deploy/kubernetes.yaml", "needs a cluster; DeploymentTests holds the file"),
    ]

    private static let blocks = DocumentationPage.all.flatMap(\.blocks).filter { $0.language == "sh" }

    @Test("There are pages, and blocks of code are of a language that somebody checks")
    func pages() {
        #expect(DocumentationPage.all.count >= 8 && Self.blocks.count >= 15)
        for block in DocumentationPage.all.flatMap(\.blocks) {
            #expect(["sh", "json", "text"].contains(block.language), "\(block.testDescription)")
        }
        for (line, reason) in Self.elsewhere {
            #expect(Self.blocks.contains { $0.text.contains(line) }, "nobody says \(line) (\(reason))")
        }
    }

    @Test("Every command is run", .enabled(if: Program.curl != nil && Program.jq != nil, "needs curl and jq"))
    func commands() throws {
        let workplace = try Workplace()
        for block in Self.blocks {
            var script = ""
            for line in block.text.split(separator: "\n").map(String.init) {
                if Self.elsewhere.contains(where: { line.contains($0.line) }) { continue }
                guard line.hasPrefix("make ") else {
                    script += line + "\n"
                    continue
                }
                // What would be built and served: whether there is such a target.
                let command = String(line.prefix { $0 != "#" })
                let dry = try CommandRun(
                    shell: "cd '\(Program.repository)' && \(command) --dry-run >/dev/null", environment: [:])
                #expect(dry.exit == .status(0), "\(block.testDescription): \(line)\n\(dry.errors)")
            }
            let isForNode = script.contains("node ")
            guard !script.isEmpty, !isForNode || Program.node != nil else { continue }
            let isForPython = script.contains("python3 ")
            guard !isForPython || Program.testPython != nil else { continue }
            let run = try workplace.run(script)
            #expect(
                run.exit == .status(0), "\(block.testDescription)\n\(script)\n\(run.errors)\n\(run.text.suffix(1000))")
        }
    }

    @Test("What the README says is answered to the sample photo is answered")
    func answer() throws {
        let readme = try #require(DocumentationPage.all.first)
        let written = try #require(readme.blocks.first { $0.language == "json" })
        let command = try #require(readme.blocks.first { $0.text.contains("curl --data-binary @Sources/") })
        let server = try ServerProcess()
        defer { server.process.end() }
        let target = try #require(command.text.firstMatch(of: /localhost:8080([^" ]*)/)).output.1
        let photo = try #require(command.text.firstMatch(of: /@(Sources[^ ]*)/)).output.1
        let body = try Data(contentsOf: URL(fileURLWithPath: Program.repository + "/" + String(photo)))
        let answer = try server.ask("POST", String(target), body: [UInt8](body)).object
        let said = try #require(try JSONSerialization.jsonObject(with: Data(written.text.utf8)) as? [String: Any])
        #expect(Set(said.keys) == Set(answer.keys))
        #expect(said["model"] as? [String: String] == answer["model"] as? [String: String])
        #expect(said["image"] as? [String: Int] == answer["image"] as? [String: Int])
        let (words, truth) = (try Found.list(said["detections"]), try Found.list(answer["detections"]))
        #expect(words.map(\.label) == truth.map(\.label) && words.count >= 2)
        // Another instruction set rounds otherwise.
        for (word, found) in zip(words, truth) {
            #expect(abs(word.score - found.score) < 0.005 && word.id == found.id)
            #expect(zip(word.box, found.box).allSatisfy { abs($0 - $1) < 1.5 }, "\(word.box), \(found.box)")
        }
    }

    @Test("Every flag that is named beside a command is one of it, every script and target is there")
    func inlineCode() throws {
        var helps: [String: String] = [:]
        var count = 0
        for page in DocumentationPage.all {
            for code in page.inlineCode {
                let words = code.split(separator: " ").map(String.init)
                if words.first == "multibox", words.count > 2 {
                    let command = words[1] == "models" ? "models \(words[2])" : words[1]
                    let arguments = command.split(separator: " ").map(String.init) + ["--help"]
                    let help = try helps[command] ?? CommandRun(arguments).text
                    helps[command] = help
                    for flag in words where flag.hasPrefix("--") {
                        let name = flag.prefix { $0 != "=" }
                        #expect(help.contains(name), "\(page.file): \(code)")
                        count += 1
                    }
                } else if let script = words.first(where: { $0.hasPrefix("Tests/") }) {
                    #expect(
                        FileManager.default.fileExists(atPath: Program.repository + "/" + script),
                        "\(page.file): \(code)")
                    count += 1
                } else if words.first == "make", words.count > 1 {
                    let dry = try CommandRun(
                        shell: "cd '\(Program.repository)' && make --dry-run \(words[1]) >/dev/null", environment: [:])
                    #expect(dry.exit == .status(0), "\(page.file): \(code)")
                    count += 1
                } else if words.count == 1, code.hasPrefix("--") {
                    // A flag alone is one of serve's, or of the command that the page is about.
                    let commands = ["serve", "train", "detect", "convert", "evaluate", "benchmark"]
                    let all = try commands.map { (command: String) throws -> String in
                        let help = try helps[command] ?? CommandRun([command, "--help"]).text
                        helps[command] = help
                        return help
                    }
                    let name = code.prefix { $0 != "=" }
                    #expect(all.contains { $0.contains(name) }, "\(page.file): \(code)")
                    count += 1
                }
            }
        }
        #expect(count > 60)
    }

    @Test("Every link leads somewhere")
    func links() throws {
        var count = 0
        for page in DocumentationPage.all + [
            try DocumentationPage("CONTRIBUTING.md"), try DocumentationPage("SECURITY.md"),
        ] {
            for link in page.links {
                let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let here = URL(fileURLWithPath: Program.repository + "/" + page.file)
                let target = parts[0].isEmpty ? here : here.deletingLastPathComponent().appendingPathComponent(parts[0])
                #expect(FileManager.default.fileExists(atPath: target.path), "\(page.file): \(link)")
                count += 1
                guard parts.count > 1, target.pathExtension == "md" else { continue }
                let path = target.standardizedFileURL.path.dropFirst(Program.repository.count + 1)
                #expect(try DocumentationPage(String(path)).anchors.contains(parts[1]), "\(page.file): \(link)")
            }
        }
        #expect(count > 20)
    }

    @Test("The examples of /docs work", .enabled(if: Program.curl != nil, "needs curl"))
    func examples() throws {
        let workplace = try Workplace()
        let page = try workplace.server.get("/docs").text
        let model = try workplace.server.get("/model").object
        let environment = ["MODEL", "VERSION"].reduce(into: [String: String]()) { names, name in
            names[name] = model[name.lowercased() == "model" ? "name" : "version"] as? String
        }
        let examples = page.matches(of: /<pre><code>([^<]*)<\/code><\/pre>/).map {
            String($0.output.1).replacing("&quot;", with: "\"").replacing("&amp;", with: "&").replacing(
                "&lt;", with: "<")
        }
        #expect(examples.count >= 8)
        for example in examples {
            let run = try workplace.run(
                example.replacing("curl ", with: "curl --silent --fail-with-body "), environment: environment)
            // The model there knows no faces, which is 403, and curl says 22.
            #expect(
                run.exit == .status(example.contains("/v1/vision/face") ? 22 : 0),
                "\(example)\n\(run.text)\n\(run.errors)")
        }
    }
}
