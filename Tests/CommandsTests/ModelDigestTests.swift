import Platform
import Foundation
import ModelFiles
import TestSupport
import Testing

/// `--model-sha256`: no other file than the one that was meant.
@Suite(.endToEnd)
struct ModelDigestTests {
    private let folder: TemporaryFolder
    private let model: String
    private let digest = SHA256Digest(of: ColorDetector.file()).hexadecimal
    private let other = String(repeating: "0", count: 64)

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
    }

    @Test("The service starts with the file that is meant, and keeps it when another takes its place")
    func reload() throws {
        let server = try ServerProcess(model: model, ["--model-sha256", digest.uppercased()])
        defer { server.process.end() }
        _ = try folder.writeModel(prefix: "second/")
        server.process.send(SIGHUP)
        let reason = try server.event("the new model cannot be used, the old one serves on")["reason"] ?? ""
        let found = SHA256Digest(of: ColorDetector.file(prefix: "second/")).hexadecimal
        #expect(reason.contains(found) && reason.contains(digest), "\(reason)")
        #expect(try server.get("/readyz").status == 200)
        _ = try folder.writeModel()
        let lines = server.process.output.allLines.count
        server.process.send(SIGHUP)
        try server.event("ready", after: lines)
    }

    @Test("Another file is refused with both digests", arguments: [["serve", "--port", "0"], ["detect", "-"]])
    func refusal(command: [String]) throws {
        let run = try CommandRun(command + ["--model", model, "--model-sha256", other])
        #expect(run.exit == .status(1))
        #expect(run.errorLines.count == 1)
        #expect(run.errors.contains(digest) && run.errors.contains(other), "\(run.errors)")
    }

    @Test(
        "What is no digest is wrong usage, and so is one without a file",
        arguments: ["12", String(repeating: "g", count: 64)])
    func usage(text: String) throws {
        #expect(try CommandRun(["serve", "--model", model, "--model-sha256", text]).exit == .status(2))
        #expect(try CommandRun(["serve", "--port", "0", "--model-sha256", digest]).exit == .status(2))
    }
}
