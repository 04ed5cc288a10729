import FoundationEssentials

/// Detections in COCO's results format: an array of `{"image_id", "category_id", "bbox": [x, y, width, height], "score"}`.
public struct COCOResults: Sendable, Hashable {
    /// The largest file that is read, in bytes.
    public static let maximumBytes = 1 << 30

    /// One detection.
    public struct Result: Sendable, Hashable {
        /// The image.
        public var imageID: Int
        /// What, where and how sure.
        public var detection: ScoredBox

        /// The name of the image's file, where its number was given by this program.
        public var fileName: String?

        /// A detection in an image.
        public init(imageID: Int, detection: ScoredBox, fileName: String? = nil) {
            self.imageID = imageID
            self.detection = detection
            self.fileName = fileName
        }
    }

    /// The detections, in order.
    public var results: [Result]

    /// Some detections.
    public init(_ results: [Result] = []) { self.results = results }

    /// Parses a file: the array, or an object that has it as `annotations`.
    public init(parsing bytes: [UInt8]) throws(COCOFileError) {
        let entries: [Entry]
        if bytes.first(where: { !$0.isJSONBlank }) == UInt8(ascii: "{") {
            entries = try COCODecoding.decode(Object.self, from: bytes, limit: Self.maximumBytes).annotations
        } else {
            entries = try COCODecoding.decode([Entry].self, from: bytes, limit: Self.maximumBytes)
        }
        results = []
        results.reserveCapacity(entries.count)
        for (index, entry) in entries.enumerated() {
            guard let box = COCODecoding.box(entry.bbox), entry.score.isFinite else {
                throw .invalidResult(index: index)
            }
            results.append(
                Result(
                    imageID: entry.image_id,
                    detection: ScoredBox(box: box, categoryID: entry.category_id, score: entry.score),
                    fileName: entry.file_name))
        }
    }

    /// Adds the detections of an image.
    ///
    /// - Parameter fileName: the name of its file, where its number says nothing to others.
    public mutating func add(_ detections: [ScoredBox], imageID: Int, fileName: String? = nil) {
        results += detections.map { Result(imageID: imageID, detection: $0, fileName: fileName) }
    }

    /// The file's bytes, one detection a line, numbers in the shortest form that reads back the same.
    ///
    /// - Throws: `invalidResult` for a number that JSON cannot say or a box that could not be read back.
    public func json() throws(COCOFileError) -> [UInt8] {
        var text = "["
        for (index, result) in results.enumerated() {
            let (box, detection) = (result.detection.box, result.detection)
            guard box.isValid, detection.score.isFinite else { throw .invalidResult(index: index) }
            text += index == 0 ? "\n" : ",\n"
            text += "{\"image_id\":\(result.imageID)"
            if let name = result.fileName { text += ",\"file_name\":\(Self.quoted(name))" }
            text += ",\"category_id\":\(detection.categoryID)"
            text += ",\"bbox\":[\(box.x),\(box.y),\(box.width),\(box.height)],\"score\":\(detection.score)}"
        }
        return Array((text + "\n]\n").utf8)
    }

    private static func quoted(_ text: String) -> String {
        // A string always has a form in JSON.
        (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    // Names are the file's own: they are the keys.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct Entry: Decodable {
        var image_id: Int
        var category_id: Int
        var bbox: [Double]
        var score: Double
        var file_name: String?
    }

    private struct Object: Decodable {
        var annotations: [Entry]
    }
}

extension UInt8 {
    /// White space between tokens (RFC 8259, section 2).
    fileprivate var isJSONBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
