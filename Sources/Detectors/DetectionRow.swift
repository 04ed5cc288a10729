import JSON
import MultiBox

/// What was found in an image as rows of comma-separated values (RFC 4180), in the one form that clients know; numbers as JSON
/// has them, so that both say the same.
package struct DetectionRow {
    /// The names of the classes.
    private let labels: LabelMap
    /// The unit of the boxes.
    private let coordinates: BoxCoordinates

    package init(labels: LabelMap, coordinates: BoxCoordinates = .pixel) {
        self.labels = labels
        self.coordinates = coordinates
    }

    /// What the fields are called.
    package static let columns = ["class", "class_id", "score", "xmin", "ymin", "xmax", "ymax"]

    /// The fields of a detection. The name of a class that a spreadsheet would take for a formula has an apostrophe before it:
    /// those of a label file are anybody's.
    package func fields(of detection: Detection, in found: FoundImage) -> [String] {
        let name = labels.title(of: detection.classIndex)
        let score = JSONWriter.fixed(Double(detection.score), decimals: DetectionWriter.scoreDecimals)
        let edges = coordinates.edges(of: detection.box, in: found)
        return [Self.isFormula(name) ? "'" + name : name, String(detection.classIndex), score]
            + [edges.xmin, edges.ymin, edges.xmax, edges.ymax].map { JSONWriter.fixed($0, decimals: edges.decimals) }
    }

    /// Whether spreadsheets compute what a field says.
    package static func isFormula(_ field: String) -> Bool {
        field.unicodeScalars.first.map("=+-@\t\r".unicodeScalars.contains) == true
    }

    /// Fields as a line without its end, those in quotes that need them (RFC 4180, section 2).
    package static func line(_ fields: [String]) -> String {
        fields.map { field in
            guard field.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else {
                return field
            }
            return "\"" + field.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",")
    }
}
