import Images
import JSON
import MultiBox

/// What was found in an image as members of a JSON object, in the one form that clients know.
package struct DetectionWriter {
    /// The names of the classes.
    private let labels: LabelMap
    /// The unit of the boxes.
    private let coordinates: BoxCoordinates

    package init(labels: LabelMap, coordinates: BoxCoordinates = .pixel) {
        self.labels = labels
        self.coordinates = coordinates
    }

    /// Writes `image`, `detections` and, where something was forgiven, `warnings`.
    package func write(_ found: FoundImage, to json: inout JSONWriter) {
        json.name("image")
        json.object { json in
            json.member("width", found.size.width)
            json.member("height", found.size.height)
        }
        json.name("detections")
        json.array { json in
            for detection in found.detections {
                json.object { json in
                    json.member("class", labels.title(of: detection.classIndex))
                    json.member("class_id", detection.classIndex)
                    json.member("score", Double(detection.score), decimals: Self.scoreDecimals)
                    json.name("box")
                    write(detection.box, of: found, to: &json)
                }
            }
        }
        guard !found.warnings.isEmpty else { return }
        json.name("warnings")
        json.array { json in for warning in found.warnings { json.string(warning.description) } }
    }

    /// Decimals of a score.
    package static let scoreDecimals = 4

    private func write(_ box: CornerBox, of found: FoundImage, to json: inout JSONWriter) {
        let edges = coordinates.edges(of: box, in: found)
        json.object { json in
            json.member("xmin", edges.xmin, decimals: edges.decimals)
            json.member("ymin", edges.ymin, decimals: edges.decimals)
            json.member("xmax", edges.xmax, decimals: edges.decimals)
            json.member("ymax", edges.ymax, decimals: edges.decimals)
        }
    }
}
