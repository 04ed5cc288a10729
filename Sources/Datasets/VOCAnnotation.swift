import XML
import Evaluation

/// One annotation file of Pascal VOC, as it stands: nothing is judged yet.
public struct VOCAnnotation: Sendable, Hashable {
    /// The most objects of a photo.
    public static let maximumObjects = 1 << 14

    /// An annotated object.
    public struct Object: Sendable, Hashable {
        /// The name of its class.
        public var name: String
        /// Left, top, right and bottom as written, 1-based; nil if one of them is missing or not a finite number.
        public var corners: (xmin: Double, ymin: Double, xmax: Double, ymax: Double)? {
            written.count == 4 ? (written[0], written[1], written[2], written[3]) : nil
        }
        /// Whether it is marked difficult.
        public var isDifficult: Bool
        /// The four corners, or none.
        private var written: [Double]

        init(name: String, corners: [Double]?, isDifficult: Bool) {
            self.name = name
            self.written = corners ?? []
            self.isDifficult = isDifficult
        }
    }

    /// The photo's pixels a row, if the file says it.
    public let width: Int?
    /// The photo's rows, if the file says it.
    public let height: Int?
    /// The objects, in the file's order.
    public let objects: [Object]

    /// Parses a file.
    ///
    /// - Throws: where and why it is not an annotation. A missing size or box is no error here.
    public init(parsing bytes: [UInt8]) throws(XMLReaderError) {
        let root = try XMLReader.root(of: bytes)
        guard root.name == "annotation" else {
            throw .malformed(offset: 0, reason: "the root element is \(root.name), not annotation")
        }
        let nodes = root.children.filter { $0.name == "object" }
        guard nodes.count <= Self.maximumObjects else { throw .tooManyElements(limit: Self.maximumObjects) }
        func side(_ name: String) -> Int? {
            guard let text = root["size"]?[name]?.trimmedText, let value = Self.number(text),
                value >= 1, value <= Double(COCOInstances.maximumImageSide), value == value.rounded()
            else { return nil }
            return Int(value)
        }
        (width, height) = (side("width"), side("height"))
        objects = nodes.map { node in
            let box = node["bndbox"]
            let corners = ["xmin", "ymin", "xmax", "ymax"].compactMap { name in
                box?[name].flatMap { Self.number($0.trimmedText) }
            }
            return Object(
                name: node["name"]?.trimmedText ?? "", corners: corners.count == 4 ? corners : nil,
                isDifficult: node["difficult"]?.trimmedText == "1")
        }
    }

    /// A finite decimal number: VOC has fractions in a few of its files.
    private static func number(_ text: String) -> Double? {
        // `Double` would accept "nan", "inf" and hexadecimal.
        guard text.utf8.count <= 32, text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
            let value = Double(text), value.isFinite
        else { return nil }
        return value
    }
}
