import Foundation
import JSON
import MultiBox
import Serving

/// Writes findings in one of the formats, photo by photo.
struct DetectionReport {
    private let format: DetectionFormat
    private let nameOfClass: (Int) -> String
    private var photos = 0

    init(format: DetectionFormat, nameOfClass: @escaping (Int) -> String) {
        self.format = format
        self.nameOfClass = nameOfClass
    }

    /// What comes before the first photo.
    func begin() throws {
        switch format {
        case .csv: try StandardOutput.write("photo,class,class_id,score,xmin,ymin,xmax,ymax\n")
        case .json: try StandardOutput.write("[")
        case .text, .jsonl: break
        }
    }

    /// A photo that was searched.
    mutating func add(_ photo: String, _ finding: PhotoDetector.Finding) throws {
        switch format {
        case .text: try StandardOutput.write(text(photo, finding))
        case .csv: try StandardOutput.write(csv(StandardOutput.isTerminal ? photo.printable : photo, finding.image))
        case .json: try StandardOutput.write((photos == 0 ? "\n" : ",\n") + json(photo, finding))
        case .jsonl: try StandardOutput.write(json(photo, finding) + "\n")
        }
        photos += 1
    }

    /// What comes after the last photo.
    func end() throws { if format == .json { try StandardOutput.write("\n]\n") } }

    private func text(_ photo: String, _ finding: PhotoDetector.Finding) -> String {
        let image = finding.image
        let count = image.detections.count
        var text = "\(photo.printable)  \(image.size.width)×\(image.size.height)  "
        text += count == 0 ? "nothing found" : count == 1 ? "1 object" : "\(count) objects"
        text += "  \(finding.duration.milliseconds.fixed(1)) ms\n"
        let nameOfClass = { (index: Int) in self.nameOfClass(index).printable }
        let width = image.detections.map { nameOfClass($0.classIndex).count }.max() ?? 0
        for detection in image.detections {
            let name = nameOfClass(detection.classIndex)
            let percent = (detection.score * 100).fixed(1)
            let box = image.pixels(detection.box)
            text += "  " + name + String(repeating: " ", count: width - name.count)
            text += String(repeating: " ", count: max(0, 6 - percent.count)) + percent + " %"
            text += "  (\(box.xmin.fixed(0)), \(box.ymin.fixed(0)))–(\(box.xmax.fixed(0)), \(box.ymax.fixed(0)))\n"
        }
        return text
    }

    private func csv(_ photo: String, _ image: FoundImage) -> String {
        image.detections.map { detection in
            let box = image.pixels(detection.box)
            let fields = [
                photo, nameOfClass(detection.classIndex), String(detection.classIndex), detection.score.fixed(4),
                box.xmin.fixed(2), box.ymin.fixed(2), box.xmax.fixed(2), box.ymax.fixed(2),
            ]
            return fields.map(Self.quoted).joined(separator: ",") + "\n"
        }.joined()
    }

    /// A field in quotes if it needs them (RFC 4180, section 2).
    private static func quoted(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
        return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }

    private func json(_ photo: String, _ finding: PhotoDetector.Finding) -> String {
        let image = finding.image
        var json = JSONWriter()
        json.object { json in
            json.member("photo", photo)
            json.name("image")
            json.object { json in
                json.member("width", image.size.width)
                json.member("height", image.size.height)
            }
            json.name("detections")
            json.array { json in
                for detection in image.detections {
                    json.object { json in
                        let box = image.pixels(detection.box)
                        json.member("class", nameOfClass(detection.classIndex))
                        json.member("class_id", detection.classIndex)
                        json.member("score", Double(detection.score), decimals: 4)
                        json.name("box")
                        json.object { json in
                            json.member("xmin", box.xmin, decimals: 2)
                            json.member("ymin", box.ymin, decimals: 2)
                            json.member("xmax", box.xmax, decimals: 2)
                            json.member("ymax", box.ymax, decimals: 2)
                        }
                    }
                }
            }
            image.writeWarnings(to: &json)
            json.name("timing_ms")
            json.object { json in
                json.member("decode", image.times.decode.milliseconds, decimals: 3)
                json.member("inference", image.times.inference.milliseconds, decimals: 3)
                json.member("postprocess", image.times.postprocess.milliseconds, decimals: 3)
                json.member("total", finding.duration.milliseconds, decimals: 3)
            }
        }
        return String(decoding: json.finish().dropLast(), as: UTF8.self)
    }
}
