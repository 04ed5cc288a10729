import Detectors
import HTTP
import MultiBox

/// What was found as a table of comma-separated values (RFC 4180): a head line, then a line for each detection.
///
/// Of a list of images each line begins with the image's place in it, from 0, and an image that failed has a line with the
/// name of its problem.
struct DetectionTable {
    private let row: DetectionRow
    private let isList: Bool
    private var text: String

    init(labels: LabelMap, coordinates: BoxCoordinates, isList: Bool) {
        row = DetectionRow(labels: labels, coordinates: coordinates)
        self.isList = isList
        text = ""
        add(isList ? ["image"] + DetectionRow.columns + ["problem"] : DetectionRow.columns)
    }

    /// The table.
    var bytes: [UInt8] { Array(text.utf8) }

    /// Adds an image.
    mutating func add(_ image: Result<FoundImage, ServiceError>, at place: Int) {
        switch image {
        case .success(let found):
            for detection in found.detections {
                let values = row.fields(of: detection, in: found)
                add(isList ? [String(place)] + values + [""] : values)
            }
        case .failure(let error):
            add([String(place)] + Array(repeating: "", count: DetectionRow.columns.count) + [error.problem.name])
        }
    }

    private mutating func add(_ fields: [String]) { text += DetectionRow.line(fields) + "\r\n" }
}
