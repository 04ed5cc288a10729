import Platform
import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite("Opening model files")
struct ModelFileTests {
    /// Runs `body` with a folder of its own that is removed afterwards.
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("multibox-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    private func write(_ bytes: some Sequence<UInt8>, _ path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    @Test("Name, version and labels come from the file and from what lies beside it")
    func load() throws {
        try withFolder { folder in
            let bytes = QuantizedFile.file()
            let path = folder + "/small.detector.tflite"
            try write(bytes, path)
            var model = try ModelFile.load(path: path)
            #expect(model.name == "small.detector")
            #expect(model.version == SHA256Digest(of: bytes).hexadecimal.prefix(8))
            #expect(model.architecture == "tflite")
            #expect(model.precision == .int8)
            #expect(model.labels.names == [nil, "class 1", "class 2"])
            #expect(model.provenance.map(\.name) == ["format", "sha256", "read", "guessed"])
            try write("cat\ndog\n".utf8, folder + "/labels.txt")
            model = try ModelFile.load(path: path)
            #expect(model.labels.names == [nil, "cat", "dog"])
            try write("background\ncat\nox\n".utf8, folder + "/labelmap.txt")
            model = try ModelFile.load(path: path)
            #expect(model.labels.names == [nil, "cat", "ox"])
            try write("???\nred\ngreen".utf8, folder + "/colours")
            model = try ModelFile.load(path: path, labels: folder + "/colours")
            #expect(model.labels.names == [nil, "red", "green"])
            try write("one".utf8, folder + "/colours")
            #expect(
                throws: ModelFileError.labels(
                    path: folder + "/colours", reason: "it has 1 lines, but the model scores 3 classes")
            ) { try ModelFile.load(path: path, labels: folder + "/colours") }
            #expect(throws: ModelFileError.self) { try ModelFile.load(path: path, labels: folder + "/absent") }
        }
    }

    @Test("What is no model is refused in a sentence")
    func refused() throws {
        try withFolder { folder in
            let path = folder + "/photo.tflite"
            try write([0xFF, 0xD8, 0xFF, 0xE0, 0, 0x10], path)
            #expect(throws: ModelFileError.unknownFormat(path: path)) { try ModelFile.load(path: path) }
            #expect(
                ModelFileError.unknownFormat(path: path).description
                    == "\(path) is not a model that multibox reads (safetensors of multibox, ONNX, TensorFlow Lite, PyTorch)"
            )
            try write([], path)
            #expect(throws: ModelFileError.unknownFormat(path: path)) { try ModelFile.load(path: path) }
            #expect(throws: ModelFileError.unreadable(path: folder, reason: "Is a directory")) {
                try ModelFile.load(path: folder)
            }
            #expect(throws: ModelFileError.unreadable(path: path + "x", reason: "No such file or directory")) {
                try ModelFile.load(path: path + "x")
            }
            #expect(throws: ModelFileError.unreadable(path: "/dev/zero", reason: "Not a regular file")) {
                try ModelFile.load(path: "/dev/zero")
            }
        }
    }

    @Test("A file beyond the limit is refused by its size alone")
    func tooLarge() throws {
        try withFolder { folder in
            let path = folder + "/large.tflite"
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            // Sparse: it takes no room on the disk.
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.truncate(atOffset: UInt64(ModelFile.maximumBytes) + 1)
            try handle.close()
            #expect(throws: ModelFileError.tooLarge(path: path, limit: 1 << 30)) { try ModelFile.load(path: path) }
        }
    }

    @Test(
        "A model is called by its file or, where any model could be called so, by its folder",
        arguments: [
            ("models/coco-ssd/detect.tflite", "coco-ssd"), ("/m/face.v2.tflite", "face.v2"), ("slim", "slim"),
            ("model.tflite", "model"), ("./model.tflite", "model"), ("a/Model.TFLITE", "a"), ("a/.tflite", ".tflite"),
        ])
    func names(path: String, name: String) {
        #expect(ModelFile.name(ofModelAt: path) == name)
    }

    @Test("The digest is SHA-256 (FIPS 180-4, the one-block example)")
    func digest() {
        #expect(
            SHA256Digest(of: Array("abc".utf8)).hexadecimal
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256Digest(of: []).hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
