import Images
import JSON
import MultiBox

/// What a service found in a photo: the answer of `/detect` with `coordinates=relative`.
struct ServiceAnswer: Sendable {
    /// The upright photo's size, in pixels.
    let size: ImageSize
    /// What was found, in the answer's order, best first; normalised to the photo.
    let detections: [Detection]
    /// What was forgiven of the photo.
    let warnings: [String]

    /// Why an answer is none, as the end of a sentence.
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    /// The most detections that a service can be asked for.
    static let maximumDetections = 1000
    /// The values of a detection are an object of four, one of them an object of four.
    private static let maximumValues = maximumDetections * 10 + 4096

    /// Reads an answer. Classes are those of `labels`.
    init(parsing body: [UInt8], labels: LabelMap) throws(Malformed) {
        let answer: JSONValue
        do { answer = try JSONReader.parse(body[...], maximumValues: Self.maximumValues) } catch {
            throw Malformed(description: "it is no JSON: \(error)")
        }
        guard let image = answer["image"], let width = image["width"]?.integer, let height = image["height"]?.integer,
            (1...1 << 30).contains(width), (1...1 << 30).contains(height)
        else { throw Malformed(description: "it has no size of the image") }
        size = ImageSize(width: width, height: height)
        guard case .array(let entries)? = answer["detections"] else {
            throw Malformed(description: "it has no detections")
        }
        var detections: [Detection] = []
        for entry in entries {
            guard let classIndex = entry["class_id"]?.integer, (0..<labels.count).contains(classIndex) else {
                throw Malformed(description: "a detection is of no class that /model names")
            }
            guard let score = entry["score"]?.float, let box = entry["box"], let xmin = box["xmin"]?.float,
                let ymin = box["ymin"]?.float, let xmax = box["xmax"]?.float, let ymax = box["ymax"]?.float,
                [score, xmin, ymin, xmax, ymax].allSatisfy({ (0...1).contains($0) })
            else { throw Malformed(description: "a detection has no score or no box from 0 to 1") }
            detections.append(
                Detection(
                    box: CornerBox(xmin: xmin, ymin: ymin, xmax: xmax, ymax: ymax), classIndex: classIndex, score: score
                ))
        }
        self.detections = detections
        if case .array(let entries)? = answer["warnings"] {
            warnings = entries.compactMap(\.text)
        } else {
            warnings = []
        }
    }
}

extension JSONValue {
    /// A member of an object; nil where there is none.
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// A number without fraction; nil where it is none.
    var integer: Int? {
        guard case .number(let text) = self else { return nil }
        return DecimalNumber(text.utf8)?.integer
    }

    /// A number; nil where it is none, or beyond what a `Float` holds.
    var float: Float? {
        guard case .number(let text) = self else { return nil }
        return DecimalNumber(text.utf8)?.float
    }
}
