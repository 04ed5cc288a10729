import Foundation
import Platform
import TestSupport
import Testing

/// `multibox models list` and `pull`, and models by their names, with a server of our own in the publishers' place.
@Suite(.endToEnd, .enabled(if: HTTPSFileServer.isAvailable, Comment(rawValue: HTTPSFileServer.absence)))
struct CatalogueCommandTests {
    private let server: HTTPSFileServer
    private let folder: TemporaryFolder
    private let name = "coco-ssd-mobilenet-v1"
    private let archive = "coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.zip"
    private let torch = "ssdlite320_mobilenet_v3_large_coco-a79551df.pth"
    private let photo = ColorPhoto(cells: [0: .red, 5: .blue, 10: .green])

    init() throws {
        server = try HTTPSFileServer()
        folder = try TemporaryFolder()
        try server.serve(archive, Self.zip())
        try server.serve(torch, [UInt8](repeating: 7, count: 300_000))
    }

    /// The publisher's archive with a detector of ours.
    private static func zip(prefix: String = "") -> [UInt8] {
        ZipWriter([
            .init("__MACOSX/._labelmap.txt", [0]), .init("labelmap.txt", Array(ColorDetector.labels.utf8)),
            .init("detect.tflite", ColorDetector.file(prefix: prefix)), .init("../outside", [1]),
        ]).archive
    }

    private var place: String { folder.path + "/multibox/models/\(name)" }

    private func run(
        _ arguments: [String], _ behaviour: String = "good", environment: [String: String] = [:]
    ) throws -> CommandRun {
        let all = server.environment.merging(
            ["XDG_CACHE_HOME": folder.path, "MULTIBOX_MODEL_MIRROR": server.address(behaviour)]
        ) { $1 }
        return try CommandRun(arguments, environment: all.merging(environment) { $1 })
    }

    private func pull(
        _ behaviour: String = "good", _ more: [String] = ["--retries", "0"], environment: [String: String] = [:]
    ) throws -> CommandRun {
        try run(["models", "pull", name] + more, behaviour, environment: environment)
    }

    private func expectFailure(_ run: CommandRun, _ parts: String...) {
        #expect(run.exit == .status(1) && run.output.isEmpty, "\(run.text)")
        let said = run.errorLines.last ?? ""
        #expect(said.hasPrefix("multibox: "), "\(run.errors)")
        for part in parts { #expect(said.contains(part), "\(part) in \(run.errors)") }
    }

    @Test("A model is fetched once, and has its name from then on")
    func pulled() throws {
        let run = try pull()
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.lines == [place + "/detect.tflite"])
        let digest = SHA256Digest(of: ColorDetector.file()).hexadecimal
        for part in ["licence: Apache-2.0", "SHA-256 \(digest)", "SHA256SUMS", "from the mirror, \(archive)"] {
            #expect(run.errors.contains(part), "\(part) in \(run.errors)")
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place).sorted()
                == [".lock", "SHA256SUMS", "detect.tflite", "labelmap.txt"])
        // Nothing of the archive's own paths.
        #expect(try folder.names == ["multibox"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/multibox/models") == [name])
        let again = try pull()
        #expect(again.exit == .status(0) && again.lines == run.lines && again.errors.contains("there already"))
        #expect(server.requests == ["GET /good/\(archive) -"])
        // Wherever a model is named.
        let photo = try folder.write("a.png", photo.png)
        let detected = try self.run(["detect", "--model", name, "--format", "json", photo])
        #expect(detected.exit == .status(0), "\(detected.errors)")
        let entries = try #require(try JSONSerialization.jsonObject(with: Data(detected.output)) as? [[String: Any]])
        expect(try Found.list(entries[0]["detections"]), are: self.photo.objects)
        let info = try self.run(["models", "info", name])
        #expect(info.text.contains(name) && info.text.contains(digest), "\(info.text)\(info.errors)")
        let converted = try self.run(["convert", name, folder.path + "/own.safetensors"])
        #expect(converted.exit == .status(0) && converted.text.hasPrefix(name), "\(converted.errors)")
        let benchmark = try self.run(["benchmark", "--model", name, "--duration", "20ms", "--json"])
        #expect(benchmark.exit == .status(0), "\(benchmark.errors)")
        let listening = try ServerProcess(model: name, environment: ["XDG_CACHE_HOME": folder.path])
        defer { listening.process.end() }
        #expect(try listening.get("/model").text.contains("\"\(name)\""))
    }

    @Test("The list says what there is, to people and to programs")
    func list() throws {
        let before = try run(["models", "list"])
        #expect(before.exit == .status(0), "\(before.errors)")
        let row = try #require(before.lines.first { $0.hasPrefix(name) })
        #expect(row.contains(" known ") && row.contains("4.2 MB"))
        #expect(before.text.contains("built-in") && before.text.contains(" embedded ") && before.text.contains("BSD-3"))
        #expect(try folder.names.isEmpty)
        _ = try pull()
        #expect(try run(["models", "list"]).lines.contains { $0.hasPrefix(name) && $0.contains(" cached ") })
        let models = try #require(try run(["models", "list", "--json"]).object["models"] as? [[String: Any]])
        #expect(models.map { $0["state"] as? String } == ["embedded", "cached", "known", "known"])
        #expect(models[1]["path"] as? String == place + "/detect.tflite")
        #expect(models[1]["sha256"] as? String == SHA256Digest(of: ColorDetector.file()).hexadecimal)
        #expect(models.dropFirst().allSatisfy { ($0["url"] as? String)?.hasPrefix("https://") == true })
        #expect(try CommandRun(["models", "list"]).exit == .status(0), "without a home")
    }

    @Test("What its publisher replaced is refused until the old digest is taken away")
    func replaced() throws {
        _ = try pull()
        try FileManager.default.removeItem(atPath: place + "/detect.tflite")
        try server.serve(archive, Self.zip(prefix: "other/"))
        let refused = try pull()
        expectFailure(refused, "another file than before", "SHA256SUMS")
        #expect(try run(["models", "list"]).lines.contains { $0.hasPrefix(name) && $0.contains(" known ") })
        try FileManager.default.removeItem(atPath: place + "/SHA256SUMS")
        #expect(try pull().exit == .status(0))
    }

    @Test("A file that has changed on the disk is not served, and is fetched anew")
    func damaged() throws {
        _ = try pull()
        let whole = try folder.bytes("multibox/models/\(name)/detect.tflite")
        try folder.write(
            "multibox/models/\(name)/detect.tflite", Array(whole.dropLast()) + [whole[whole.count - 1] ^ 1])
        let photo = try folder.write("a.png", photo.png)
        let run = try run(["detect", "--model", name, photo])
        expectFailure(run, "SHA-256", "multibox models pull \(name)")
        let again = try pull()
        #expect(again.exit == .status(0) && again.errors.contains("is not what it was"), "\(again.errors)")
        #expect(try folder.bytes("multibox/models/\(name)/detect.tflite") == whole)
    }

    @Test("A file that is not what its name says is not kept")
    func wrong() throws {
        let run = try run(["models", "pull", "ssdlite320-mobilenetv3-coco"])
        let digest = SHA256Digest(of: [UInt8](repeating: 7, count: 300_000)).hexadecimal
        expectFailure(run, digest, "does not begin with a79551df")
        #expect(
            try FileManager.default.contentsOfDirectory(
                atPath: folder.path + "/multibox/models/ssdlite320-mobilenetv3-coco") == [".lock"])
        // An archive that is none, and one without what is wanted.
        for bytes in [[1, 2, 3], ZipWriter([.init("detect.tflite", [1])]).archive] {
            try server.serve(archive, bytes)
            expectFailure(try pull(), "cannot be used")
            #expect(try FileManager.default.contentsOfDirectory(atPath: place) == [".lock"])
        }
    }

    @Test("What broke off goes on, and what stalls ends")
    func resumed() throws {
        expectFailure(try pull("cut"), "broke off after", "the same command")
        let size = Self.zip().count
        #expect(try run(["models", "list"]).lines.contains { $0.hasPrefix(name) && $0.contains(" partial ") })
        let run = try pull("cut", ["--retries", "1"])
        expectFailure(run, "broke off after")
        #expect(run.errors.contains("going on after \(size / 2) bytes") && run.errors.contains("again in 1 s"))
        #expect(server.requests.count == 3 && server.requests[1] == "GET /cut/\(archive) \(size / 2)-")
        expectFailure(try pull("stalled", ["--retries", "0", "--stall-timeout", "1s"]), "hardly anything for 1 s")
        #expect(try pull("cut_once", ["--retries", "1"]).exit == .status(0))
    }

    @Test("What is too large is not fetched")
    func large() throws {
        for behaviour in ["huge", "endless"] {
            expectFailure(try pull(behaviour), "more bytes than the limit of 33554432")
        }
    }

    @Test("Two at once fetch it once")
    func together() throws {
        let environment = server.environment.merging(
            ["XDG_CACHE_HOME": folder.path, "MULTIBOX_MODEL_MIRROR": server.address("slow")]
        ) { $1 }
        let processes = try (0..<3).map { _ in
            try ChildProcess(try Program.multibox, ["models", "pull", name], environment: environment)
        }
        defer { for process in processes { process.end() } }
        for process in processes {
            #expect(try process.wait() == .status(0), "\(process.errors.allLines)")
            #expect(try process.output.allBytes() == Array("\(place)/detect.tflite\n".utf8))
        }
        #expect(server.requests.count == 1)
    }

    @Test("Without a network, where to get it and where to put it is one sentence")
    func offline() throws {
        let run = try run(
            ["models", "pull", name], environment: ["MULTIBOX_MODEL_MIRROR": "https://localhost:1/models"])
        expectFailure(
            run, "localhost:1 cannot be reached", "https://storage.googleapis.com/", place + "/" + archive,
            "run this again")
        try folder.write("multibox/models/\(name)/\(archive)", Self.zip())
        let placed = try self.run(
            ["models", "pull", name], environment: ["MULTIBOX_MODEL_MIRROR": "https://localhost:1/models"])
        #expect(placed.exit == .status(0) && placed.lines == [place + "/detect.tflite"], "\(placed.errors)")
        #expect(server.requests.isEmpty)
        // A model file itself is taken as it is, unless its name says that it is another.
        try folder.write("multibox/models/ssdlite320-mobilenetv3-coco/\(torch)", [1, 2, 3])
        expectFailure(try self.run(["models", "pull", "ssdlite320-mobilenetv3-coco"]), "does not begin with a79551df")
        #expect(try self.run(["models", "info", "ssdlite320-mobilenetv3-coco"]).exit == .status(1))
    }

    @Test("A proxy is asked, but for what is not to go by it")
    func proxy() throws {
        let environment = [
            "https_proxy": "http://127.0.0.1:\(server.proxyPort)",
            "MULTIBOX_MODEL_MIRROR": "https://models.invalid/good/",
        ]
        let run = try pull(environment: environment)
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(server.requests == ["CONNECT models.invalid:443", "GET /good/\(archive) -"])
        try FileManager.default.removeItem(atPath: place)
        expectFailure(
            try pull(environment: environment.merging(["no_proxy": "models.invalid"]) { $1 }), "cannot be reached")
        #expect(server.requests.count == 2)
    }

    @Test("A stranger's certificate is not trusted, a named file's are")
    func certificates() throws {
        expectFailure(try pull(environment: ["SSL_CERT_FILE": ""]), "is not to be trusted")
        #expect(server.requests.isEmpty)
        let run = try pull(
            environment: ["SSL_CERT_FILE": "/dev/null", "CURL_CA_BUNDLE": server.certificates.path("ca.pem")])
        #expect(run.exit == .status(0), "\(run.errors)")
    }

    @Test("No place, no room and no permission are a sentence each")
    func places() throws {
        expectFailure(try pull(environment: ["XDG_CACHE_HOME": ""]), "neither XDG_CACHE_HOME nor HOME")
        expectFailure(
            try pull(environment: ["XDG_CACHE_HOME": "/dev/null"]), "cannot write /dev/null/multibox/models/\(name)",
            "Not a directory")
        try folder.write("multibox/models/\(name)/SHA256SUMS", "nonsense\n")
        expectFailure(try pull(), "SHA256SUMS", "line 1 is no digest")
    }

    @Test("A full disk is a sentence", .enabled(if: SmallDisk.canBeMounted, "needs to mount file systems"))
    func fullDisk() throws {
        let disk = try SmallDisk(folder.path + "/disk", bytes: 128 << 10)
        defer { disk.unmount() }
        let noise = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        try server.serve(archive, noise)
        expectFailure(
            try pull(environment: ["XDG_CACHE_HOME": folder.path + "/disk"]),
            "\(archive).partial: No space left on device")
    }

    @Test("A name that is not there yet names the command; a file of that name is not passed over in silence")
    func names() throws {
        expectFailure(try run(["models", "info", name]), "multibox models pull \(name)")
        let near = try run(["models", "info", "coco-ssd-mobilenet"])
        expectFailure(near, "No such file or directory", "is \(name) meant?")
        let unknown = try run(["models", "pull", "coco-ssd-mobilenet"])
        #expect(unknown.exit == .status(2) && unknown.errors.contains("is \(name) meant?"))
        #expect(try run(["models", "pull", "x"]).exit == .status(2))
        #expect(try run(["models", "pull", "built-in"]).lines == ["built-in"])
        #expect(
            try run(["models", "pull", name], environment: ["MULTIBOX_MODEL_MIRROR": "http://localhost"]).exit
                == .status(2))
        for arguments in [["--stall-timeout", "0s"], ["--retries", "-1"], ["--retries", "11"]] {
            #expect(try pull("good", arguments).exit == .status(2))
        }
        try folder.write("here/\(name)", ColorDetector.file())
        try folder.write("here/labelmap.txt", ColorDetector.labels)
        let script = "cd \(folder.path)/here && XDG_CACHE_HOME=\(folder.path) \"$0\" \"$@\""
        let clash = try CommandRun(shell: script, ["models", "info", name])
        #expect(clash.exit == .status(2) && clash.errors.contains("./\(name)"), "\(clash.errors)")
        let own = try CommandRun(shell: script, ["models", "info", "./" + name])
        #expect(own.exit == .status(0), "\(own.errors)")
        try DrawnDataset.write(to: folder)
        expectFailure(
            try run([
                "train", "--data", folder.path + "/data", "--output", folder.path + "/run", "--init",
                "ssd300-vgg16-coco",
            ]), "multibox models pull ssd300-vgg16-coco")
    }
}
