import Detectors
import Foundation
import JSON
import MultiBox

/// Writes findings in one of the formats, photo by photo.
struct DetectionReport {
    private let format: DetectionFormat
    private let labels: LabelMap
    private var photos = 0

    init(format: DetectionFormat, labels: LabelMap) {
        self.format = format
        self.labels = labels
    }

    /// What comes before the first photo.
    func begin() throws {
        switch format {
        case .csv: try StandardOutput.write(DetectionRow.line(["photo"] + DetectionRow.columns) + "\n")
        case .json: try StandardOutput.write("[")
        case .text, .jsonl: break
        }
    }

    /// A photo that was searched.
    mutating func add(_ photo: String, _ found: FoundImage) throws {
        switch format {
        case .text: try StandardOutput.write(text(photo, found))
        case .csv: try StandardOutput.write(csv(StandardOutput.isTerminal ? photo.printable : photo, found))
        case .json: try StandardOutput.write((photos == 0 ? "\n" : ",\n") + json(photo, found))
        case .jsonl: try StandardOutput.write(json(photo, found) + "\n")
        }
        photos += 1
    }

    /// What comes after the last photo.
    func end() throws { if format == .json { try StandardOutput.write("\n]\n") } }

    private func text(_ photo: String, _ found: FoundImage) -> String {
        let count = found.detections.count
        var text = "\(photo.printable)  \(found.size.width)×\(found.size.height)  "
        text += count == 0 ? "nothing found" : count == 1 ? "1 object" : "\(count) objects"
        text += "  \(found.times.total.milliseconds.fixed(1)) ms\n"
        let names = found.detections.map { labels.title(of: $0.classIndex).printable }
        let width = names.map(\.count).max() ?? 0
        for (name, detection) in zip(names, found.detections) {
            let percent = (detection.score * 100).fixed(1)
            let box = found.pixels(detection.box)
            text += "  " + name + String(repeating: " ", count: width - name.count)
            text += String(repeating: " ", count: max(0, 6 - percent.count)) + percent + " %"
            text += "  (\(box.xmin.fixed(0)), \(box.ymin.fixed(0)))–(\(box.xmax.fixed(0)), \(box.ymax.fixed(0)))\n"
        }
        return text
    }

    private func csv(_ photo: String, _ found: FoundImage) -> String {
        let row = DetectionRow(labels: labels)
        // The same file by another name, which no spreadsheet computes; "-" alone is standard input, and no formula.
        let photo = photo != "-" && DetectionRow.isFormula(photo) ? "./" + photo : photo
        return found.detections.map { DetectionRow.line([photo] + row.fields(of: $0, in: found)) + "\n" }.joined()
    }

    private func json(_ photo: String, _ found: FoundImage) -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("photo", photo)
            DetectionWriter(labels: labels).write(found, to: &json)
            found.times.write(to: &json, total: found.times.total, isQueued: false)
        }
        return String(decoding: json.finish(lineFeed: false), as: UTF8.self)
    }
}
