import JSON
import MultiBox
import Networks

/// Writes sidecars for people to edit: a member or a source map a line.
struct SidecarText {
    private var lines: [String] = []

    /// The sidecar that says of a detector all that one can say.
    ///
    /// - Parameter outputs: The names of the outputs that it is made of, where the file has several.
    static func text(of model: DetectionModel, outputs: Sidecar.Outputs?) -> String {
        var text = SidecarText()
        text.add("labels", ModelEncoder.labels(model.labels))
        text.add("preprocessing", preprocessing(model.preprocessing))
        if let outputs {
            text.add(
                "outputs",
                ModelEncoder.object { json in
                    json.member("locations", outputs.locations)
                    json.member("scores", outputs.scores)
                })
        }
        text.add("default_boxes", defaultBoxes(model.defaultBoxes))
        text.add("box_coder", ModelEncoder.coder(model.coder))
        text.add("detection_output", ModelEncoder.output(model.output, hasClassCount: false))
        return "{\n" + text.lines.joined(separator: ",\n") + "\n}\n"
    }

    private mutating func add(_ name: String, _ value: String) { lines.append("  \"\(name)\": \(value)") }

    private static func preprocessing(_ preprocessing: Preprocessing) -> String {
        ModelEncoder.object { json in
            json.member("width", preprocessing.width)
            json.member("height", preprocessing.height)
            ModelEncoder.addMembers(of: preprocessing, to: &json)
            // What goes without saying in files of our own does not in those of others.
            if preprocessing.hasUsualInterpolation {
                json.member("interpolation", preprocessing.interpolation.rawValue)
            }
        }
    }

    private static func defaultBoxes(_ boxes: DefaultBoxes) -> String {
        switch boxes {
        case .explicit(let boxes):
            let rows = boxes.map { box in
                ModelEncoder.text { json in
                    json.array { json in for value in [box.cx, box.cy, box.w, box.h] { json.exact(value) } }
                }
            }
            return "{\"boxes\": [\n    " + rows.joined(separator: ",\n    ") + "\n  ]}"
        case .generated(let configuration):
            let head = ModelEncoder.object { ModelEncoder.addMembers(of: configuration, to: &$0) }
            let maps = configuration.maps.map { map in
                ModelEncoder.object { ModelEncoder.addMembers(of: map, to: &$0) }
            }
            return head.dropLast() + ",\"maps\": [\n    " + maps.joined(separator: ",\n    ") + "\n  ]}"
        }
    }
}
