import Images
import MultiBox

/// A label file of YOLO's layout: a line an object, its class and its box or outline as shares of the photo's sides.
public struct YOLOLabels: Sendable, Hashable {
    /// The largest file, in bytes: outlines of a thousand objects.
    public static let maximumBytes = 16 << 20
    /// The most objects of a photo.
    public static let maximumObjects = 1 << 14

    /// A line.
    public struct Object: Sendable, Hashable {
        /// The line, from 1.
        public var line: Int
        /// The number of its class, from 0.
        public var number: Int
        /// Its edges as shares of the photo's width and height.
        public var left: Double, top: Double, right: Double, bottom: Double
    }

    /// The file.
    public let file: String
    /// The objects, in the file's order.
    public let objects: [Object]

    /// Reads a file.
    init(file: String, hasPoses: Bool) throws(DatasetError) {
        try self.init(parsing: DatasetFiles.bytes(file, limit: Self.maximumBytes), file: file, hasPoses: hasPoses)
    }

    /// Parses a file.
    ///
    /// - Parameters:
    ///   - file: what to call it in errors.
    ///   - hasPoses: whether the points of a pose follow each box.
    /// - Throws: which line is none, and why.
    public init(parsing bytes: [UInt8], file: String, hasPoses: Bool = false) throws(DatasetError) {
        var objects: [Object] = []
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            guard let first = words.first else { continue }
            func wrong(_ reason: String) -> DatasetError { .label(path: file, line: index + 1, reason: reason) }
            guard objects.count < Self.maximumObjects else {
                throw wrong("there are more than \(Self.maximumObjects) objects")
            }
            // Some tools write every number with a point.
            guard let number = Self.number(first), (0..<65_536).contains(number), number == number.rounded() else {
                throw wrong("it does not begin with the number of a class")
            }
            var values: [Double] = []
            values.reserveCapacity(words.count - 1)
            for word in words.dropFirst() {
                guard let value = Self.number(word) else { throw wrong("it has something that is no number") }
                values.append(value)
            }
            var object = Object(line: index + 1, number: Int(number), left: 0, top: 0, right: 0, bottom: 0)
            // A fifth number is how sure a detector was that wrote the file.
            if values.count == 4 || values.count == 5 || hasPoses && values.count > 4 {
                let (halfWidth, halfHeight) = (values[2] / 2, values[3] / 2)
                (object.left, object.right) = (values[0] - halfWidth, values[0] + halfWidth)
                (object.top, object.bottom) = (values[1] - halfHeight, values[1] + halfHeight)
            } else if values.count >= 6, values.count.isMultiple(of: 2) {
                let (xs, ys) = (
                    stride(from: 0, to: values.count, by: 2).map { values[$0] },
                    stride(from: 1, to: values.count, by: 2).map { values[$0] }
                )
                (object.left, object.right) = (xs.min() ?? 0, xs.max() ?? 0)
                (object.top, object.bottom) = (ys.min() ?? 0, ys.max() ?? 0)
            } else {
                throw wrong("after the class it has \(values.count) numbers, neither a box of 4 nor an outline")
            }
            objects.append(object)
        }
        self.file = file
        self.objects = objects
    }

    /// The objects on a photo of a size.
    ///
    /// - Parameters:
    ///   - names: the classes by number.
    ///   - indices: the index of each class by number; nil where it is not one that is looked for.
    func annotated(
        size: ImageSize, names: [String?], indices: [Int?], _ problems: inout [DatasetProblem]
    ) -> [AnnotatedObject] {
        var result: [AnnotatedObject] = []
        for object in objects {
            let isKnown = names.indices.contains(object.number)
            let className = (isKnown ? names[object.number] : nil) ?? "\(object.number)"
            func report(_ kind: DatasetProblem.Kind) {
                problems.append(DatasetProblem(file: file, object: object.line, className: className, kind: kind))
            }
            guard isKnown, let classIndex = indices[object.number] else {
                report(.unknownClass(className))
                continue
            }
            let (width, height) = (Double(size.width), Double(size.height))
            let (left, right) = (object.left * width, object.right * width)
            let (top, bottom) = (object.top * height, object.bottom * height)
            let (box, problem) = BoxNormalization.box(
                left: left, top: top, right: right, bottom: bottom, size: size, written: (left, top, right, bottom))
            if let problem { report(problem) }
            if let box { result.append(AnnotatedObject(box: box, classIndex: classIndex)) }
        }
        return result
    }

    /// A finite decimal number.
    private static func number(_ word: ArraySlice<UInt8>) -> Double? {
        // `Double` would accept "nan", "inf" and hexadecimal.
        guard word.count <= 32, word.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
            let value = Double(String(decoding: word, as: UTF8.self)), value.isFinite, value.magnitude < 1e9
        else { return nil }
        return value
    }
}
