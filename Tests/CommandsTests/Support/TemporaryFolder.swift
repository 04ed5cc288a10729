import Foundation
import TestSupport

/// A folder that is there as long as its value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("multibox-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, with the folders it lies in, and returns its path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let url = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        return url.path
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    /// A file that takes a second or two to read, and is no model in the end: for what happens until one is loaded.
    func writeSlowModel() throws -> String {
        let header =
            Array("{\"__metadata__\":{\"a\":\"".utf8) + [UInt8](repeating: 0x78, count: 60 << 20) + Array("\"}}".utf8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        return try write("slow.safetensors", length + header)
    }

    /// Writes the detector of colours with its labels and returns the model's path.
    func writeModel(_ name: String = "colors.tflite", prefix: String = "") throws -> String {
        try write("labelmap.txt", ColorDetector.labels)
        return try write(name, ColorDetector.file(prefix: prefix))
    }

    func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path).appendingPathComponent(name)))
    }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }
}
