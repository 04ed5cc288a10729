import Foundation
import Platform
import TestSupport
import Testing

import Downloads

/// Files that come over HTTPS from a server of our own, in good and in bad ways.
@Suite(.enabled(if: HTTPSFileServer.isAvailable, Comment(rawValue: HTTPSFileServer.absence)), .serialized)
struct DownloadTests {
    private let server: HTTPSFileServer
    private let folder: TemporaryFolder
    private let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }

    init() throws {
        server = try HTTPSFileServer()
        folder = try TemporaryFolder()
        try server.serve("file", content)
    }

    private var path: String { folder.path + "/file" }

    private var settings: DownloadSettings {
        var settings = DownloadSettings(userAgent: "multibox-test")
        settings.certificateFile = server.certificates.path("ca.pem")
        settings.stallSeconds = 1
        settings.retries = 0
        return settings
    }

    /// Fetches the file; how far each event said that it is.
    @discardableResult
    private func fetch(
        _ behaviour: String, limit: Int = 1 << 24, _ change: (inout DownloadSettings) -> Void = { _ in }
    ) throws -> [Int] {
        var settings = settings
        change(&settings)
        var received: [Int] = []
        let download = try Download(
            server.address(behaviour) + "/file", limit: limit, into: try ResumableFile(for: path), settings: settings
        ) { event in
            if case .received(let bytes, _, _) = event { received.append(bytes) }
        }
        try download.run()
        try download.finish()
        return received
    }

    private func error(_ behaviour: String, limit: Int = 1 << 24, retries: Int = 0) throws -> DownloadError {
        do {
            try fetch(behaviour, limit: limit) { $0.retries = retries }
        } catch let error as DownloadError { return error }
        throw Unexpected("\(behaviour) went well")
    }

    private func expectWhole() throws {
        #expect(try folder.bytes("file") == content)
        #expect(try folder.names == ["file"])
    }

    @Test func `a file comes, also by way of another address`() throws {
        let received = try fetch("good")
        #expect(received.last == content.count && received == received.sorted())
        try expectWhole()
        try fetch("moved")
        try expectWhole()
        #expect(server.requests == ["GET /good/file -", "GET /moved/file -", "GET /good/file -"])
    }

    @Test func `what has come is not asked for again`() throws {
        let half = content.count / 2
        guard case .brokeOff(_, _, half, total: content.count) = try error("cut") else {
            Issue.record("no half of the file")
            return
        }
        #expect(try folder.names == ["file.partial", "file.partial.origin"])
        #expect(try folder.bytes("file.partial") == Array(content[..<half]))
        // Of the same address, from where it broke off, three times in one run.
        try #expect(error("cut", retries: 1).isTransient)
        #expect(server.requests.count == 3 && server.requests[1] == "GET /cut/file \(half)-")
        // Of another address nothing is known.
        try fetch("good")
        #expect(server.requests.last == "GET /good/file -")
        try expectWhole()
    }

    @Test func `a transfer that broke off goes on by itself`() throws {
        let received = try fetch("cut_once") { $0.retries = 1 }
        #expect(server.requests == ["GET /cut_once/file -", "GET /cut_once/file \(content.count / 2)-"])
        #expect(received == received.sorted())
        try expectWhole()
        // A server that is busy is asked again.
        try fetch("busy") { $0.retries = 1 }
        #expect(server.requests.suffix(2) == ["GET /busy/file -", "GET /busy/file -"])
    }

    @Test func `all that was missing is the end`() throws {
        // A run that was killed between the last byte and the new name.
        try error("cut_once").isTransient.expectTrue()
        try folder.write("file.partial", content)
        try fetch("cut_once")
        #expect(server.requests.last == "GET /cut_once/file \(content.count)-")
        try expectWhole()
    }

    @Test func `parts of another version are not put together`() throws {
        try error("changing").isTransient.expectTrue()
        try fetch("changing")
        #expect(server.requests.last == "GET /changing/file \(content.count / 2)-")
        try expectWhole()
        // Nothing tells weak versions apart, so that all of it comes.
        try error("weak").isTransient.expectTrue()
        try fetch("weak")
        #expect(server.requests.last == "GET /weak/file -")
        try expectWhole()
    }

    @Test func `a part that was not asked for is not taken`() throws {
        try error("elsewhere").isTransient.expectTrue()
        guard case .otherPart = try error("elsewhere") else {
            Issue.record("another part was taken")
            return
        }
        try fetch("good")
        try expectWhole()
    }

    @Test func `a record that somebody wrote over is no reason to trust`() throws {
        try error("cut").isTransient.expectTrue()
        for text in ["", "x", "\n\n", String(repeating: "x", count: 10000), "\(server.address("cut"))/file\n\u{1}\n"] {
            try folder.write("file.partial.origin", text)
            try error("cut").isTransient.expectTrue()
            #expect(server.requests.last == "GET /cut/file -", "\(text)")
        }
    }

    @Test func `a server that falls silent is left`() throws {
        let start = ContinuousClock.now
        let error = try error("stalled")
        guard case .stalled(_, seconds: 1, received: content.count / 2, total: content.count) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(start.duration(to: .now) < .seconds(15))
    }

    @Test func `limits hold before and while bytes come`() throws {
        for behaviour in ["huge", "endless"] {
            guard case .tooLarge(_, limit: 2_000_000) = try error(behaviour, limit: 2_000_000) else {
                Issue.record("\(behaviour) is no end")
                continue
            }
            #expect((FileStatus(path + ".partial")?.size ?? 0) <= 2_000_000)
        }
        // Exactly as many are not too many.
        guard case .tooLarge = try error("good", limit: content.count - 1) else {
            Issue.record("one byte beyond")
            return
        }
        try fetch("good", limit: content.count)
        try expectWhole()
    }

    @Test func `redirections are few, and of https alone`() throws {
        for behaviour in ["loop", "plain"] {
            guard case .redirected = try error(behaviour) else {
                Issue.record("\(behaviour) was followed")
                continue
            }
        }
        #expect(server.requests.count == 6 + 1)
    }

    @Test func `statuses are told, and only some are tried again`() throws {
        #expect(try error("absent", retries: 2) == .status(404, address: server.address("absent") + "/file"))
        #expect(server.requests.count == 1)
        #expect(try error("busy") == .status(503, address: server.address("busy") + "/file"))
        // What an error says is not the file.
        #expect(try folder.bytes("file.partial").isEmpty)
    }

    @Test func `certificates are verified`() throws {
        // One that nobody trusts, and one for another name.
        var stranger = settings
        stranger.certificateFile = nil
        let other = try HTTPSFileServer(names: "DNS:other.invalid")
        var own = settings
        own.certificateFile = other.certificates.path("ca.pem")
        for (settings, server) in [(stranger, server), (own, other)] {
            let download = try Download(
                server.address("good") + "/file", limit: 1 << 24, into: try ResumableFile(for: path), settings: settings
            ) { _ in }
            do {
                try download.run()
                Issue.record("it was trusted")
            } catch {
                guard case .untrusted = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `other than https is not asked for`() throws {
        for address in ["http://localhost/file", "file:///etc/passwd", "localhost/file", ""] {
            #expect(throws: DownloadError.notHTTPS(address: address)) {
                try Download(
                    address, limit: 1, into: try ResumableFile(for: path), settings: settings
                ) { _ in }
            }
        }
    }

    @Test func `a host that is not there is told of at once`() throws {
        let download = try Download(
            "https://127.0.0.1:1/file", limit: 1, into: try ResumableFile(for: path), settings: settings
        ) { _ in }
        do { try download.run() } catch {
            guard case .unreachable(host: "127.0.0.1:1", _) = error else {
                Issue.record("\(error)")
                return
            }
            return
        }
        Issue.record("it went well")
    }
}

extension Bool {
    fileprivate func expectTrue(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(self, sourceLocation: sourceLocation)
    }
}
