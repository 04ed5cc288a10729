import TestSupport

extension TemporaryFolder {
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
}
