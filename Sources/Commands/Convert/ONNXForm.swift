import ArgumentParser
import ModelFiles

/// What an ONNX file that is written gives.
enum ONNXForm: String, EnumerableFlag {
    case nms
    case noNMS
    case raw

    /// What the model file calls it.
    var outputs: ONNXOutputs {
        switch self {
        case .nms: .detections
        case .noNMS: .boxes
        case .raw: .raw
        }
    }

    /// The flag, without its dashes.
    var name: String {
        switch self {
        case .nms: "nms"
        case .noNMS: "no-nms"
        case .raw: "raw"
        }
    }

    static func name(for value: ONNXForm) -> NameSpecification { .customLong(value.name) }

    static func help(for value: ONNXForm) -> ArgumentHelp? {
        switch value {
        case .nms: "OUT.onnx gives detections, suppression (NMS) done. The default."
        case .noNMS: "OUT.onnx gives a box and confidences for each default box."
        case .raw: "OUT.onnx gives raw offsets and scores for each default box."
        }
    }
}
