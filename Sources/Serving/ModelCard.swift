import HTTP
import JSON
import MultiBox
import Engine
import Networks
import Platform

/// What a client may want to know of the model (`/model`).
struct ModelCard {
    private let model: DetectionModel
    private let precision: ModelPrecision
    private let instructionSet: String
    private let defaultThreshold: Float

    init(_ engine: InferenceEngine, defaultThreshold: Float) {
        model = engine.model
        precision = engine.precision
        instructionSet = engine.configuration.instructionSet.name
        self.defaultThreshold = defaultThreshold
    }

    /// As JSON. `labels` is indexed by `class_id`; `null` stands for the background and for numbers without a class.
    func response() -> Response {
        var json = JSONWriter(reserving: 4096)
        json.object { json in
            json.member("name", model.name)
            json.member("version", model.version)
            json.member("architecture", model.architecture)
            json.member("precision", precision.rawValue)
            json.member("instruction_set", instructionSet)
            json.name("input")
            json.object { json in
                json.member("width", model.preprocessing.width)
                json.member("height", model.preprocessing.height)
                json.member("channel_order", model.preprocessing.channelOrder.rawValue)
            }
            json.name("defaults")
            json.object { json in
                json.member("threshold", Double(defaultThreshold), decimals: 4)
                json.member("iou_threshold", Double(model.output.iouThreshold), decimals: 4)
                json.member("max_detections", RequestedOptions.defaultMaximum(model.output))
            }
            // The lowest score that its own post-processing keeps: what an evaluation asks for.
            json.name("score_threshold")
            json.exact(model.output.scoreThreshold)
            json.name("labels")
            json.array { json in
                for index in 0..<model.labels.count {
                    if let name = model.labels.name(of: index) { json.string(name) } else { json.null() }
                }
            }
            json.name("provenance")
            json.array { json in
                for entry in model.provenance {
                    json.object { json in
                        json.member("name", entry.name)
                        json.member("value", entry.value)
                    }
                }
            }
        }
        return Response(contentType: "application/json", body: json.finish())
    }

    static let schema = Schema.object([
        Schema.Member("name", .text(), "Its name."),
        Schema.Member("version", .text(), "What changes when its weights do."),
        Schema.Member("architecture", .text(), "Its architecture."),
        Schema.Member("precision", .word(ModelPrecision.allCases.map(\.rawValue)), "The arithmetic that it runs in."),
        Schema.Member("instruction_set", .text(), "The instructions of the processor that it uses."),
        Schema.Member(
            "input",
            .object([
                Schema.Member("width", .integer(1...Int.max), "Pixels."),
                Schema.Member("height", .integer(1...Int.max), "Pixels."),
                Schema.Member("channel_order", .word(ChannelOrder.allCases.map(\.rawValue)), "The order of colours."),
            ]), "What photos are scaled to."),
        Schema.Member(
            "defaults",
            .object([
                Schema.Member(OptionName.threshold.rawValue, OptionName.threshold.schema, OptionName.threshold.text),
                Schema.Member(
                    OptionName.iouThreshold.rawValue, OptionName.iouThreshold.schema, OptionName.iouThreshold.text),
                Schema.Member(
                    OptionName.maxDetections.rawValue, OptionName.maxDetections.schema, OptionName.maxDetections.text),
            ]), "The options that hold where a request names none."),
        Schema.Member(
            "score_threshold", OptionName.threshold.schema, "The lowest score that its own post-processing keeps."),
        Schema.Member(
            "labels", .array(.either([.text(), .null]), count: Schema.anyCount),
            "The names of the classes, by `class_id`; null for the background and for numbers without a class."),
        Schema.Member(
            "provenance",
            .array(
                .object([
                    Schema.Member("name", .text(), "What is said."), Schema.Member("value", .text(), "What it is."),
                ]), count: Schema.anyCount), "Where the model is from, as its file says."),
    ])
}
