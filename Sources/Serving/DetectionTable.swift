import Detectors
import HTTP
import JSON
import MultiBox

/// What was found as a table of comma-separated values (RFC 4180): a head line, then a line for each detection.
///
/// Of a list of images each line begins with the image's place in it, from 0, and an image that failed has a line with the
/// name of its problem. Names of classes that a spreadsheet would take for a formula have an apostrophe before them.
struct DetectionTable {
    private let labels: LabelMap
    private let coordinates: BoxCoordinates
    private let isList: Bool
    private var text: String

    init(labels: LabelMap, coordinates: BoxCoordinates, isList: Bool) {
        (self.labels, self.coordinates, self.isList) = (labels, coordinates, isList)
        let columns = ["class", "class_id", "score", "xmin", "ymin", "xmax", "ymax"]
        text = ""
        add(isList ? ["image"] + columns + ["problem"] : columns)
    }

    /// The table.
    var bytes: [UInt8] { Array(text.utf8) }

    /// Adds an image.
    mutating func add(_ image: Result<FoundImage, ServiceError>, at place: Int) {
        switch image {
        case .success(let found):
            for detection in found.detections {
                let score = JSONWriter.fixed(Double(detection.score), decimals: DetectionWriter.scoreDecimals)
                let values =
                    [Self.safe(labels.title(of: detection.classIndex)), String(detection.classIndex), score]
                    + edges(of: detection.box, in: found)
                add(isList ? [String(place)] + values + [""] : values)
            }
        case .failure(let error):
            add([String(place)] + Array(repeating: "", count: 7) + [error.problem.name])
        }
    }

    /// The edges as JSON has them, so that both say the same.
    private func edges(of box: CornerBox, in found: FoundImage) -> [String] {
        switch coordinates {
        case .pixel:
            let box = found.pixels(box)
            return [box.xmin, box.ymin, box.xmax, box.ymax].map {
                JSONWriter.fixed($0, decimals: DetectionWriter.pixelDecimals)
            }
        case .relative:
            let box = box.clipped()
            return [box.xmin, box.ymin, box.xmax, box.ymax].map {
                JSONWriter.fixed(Double($0), decimals: DetectionWriter.relativeDecimals)
            }
        }
    }

    private mutating func add(_ fields: [String]) {
        text += fields.map(Self.quoted).joined(separator: ",")
        text += "\r\n"
    }

    /// A field in quotes if it needs them (RFC 4180, section 2).
    private static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }

    /// A name that no spreadsheet computes: those of a label file are anybody's.
    private static func safe(_ name: String) -> String {
        guard let first = name.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) else { return name }
        return "'" + name
    }
}
