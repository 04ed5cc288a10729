import JSON
import MultiBox
import Networks

/// Writes a detector as a safetensors file whose metadata holds everything but the parameters.
///
/// The version of the model is not inside: it follows from the file's digest.
enum ModelEncoder {
    /// The file of a detector; equal detectors give equal bytes.
    ///
    /// - Throws: `inconsistent` and others if the parts of the detector do not fit together, `tooMany` if it is too large:
    ///   what is written can be read.
    static func bytes(of model: DetectionModel) throws(ModelFileError) -> [UInt8] {
        try ModelConsistency.check(model)
        var file = SafetensorsWriter()
        var network = NetworkEncoder(model.network)
        file.metadata = [
            ModelMetadata.formatVersion: ModelMetadata.currentVersion,
            ModelMetadata.name: model.name,
            ModelMetadata.architecture: model.architecture,
            ModelMetadata.provenance: provenance(model.provenance),
            ModelMetadata.labels: labels(model.labels),
            ModelMetadata.preprocessing: preprocessing(model.preprocessing),
            ModelMetadata.outputs: object { json in
                json.member("locations", network.number(of: model.locations))
                json.member("scores", network.number(of: model.scores))
            },
            ModelMetadata.defaultBoxes: defaultBoxes(model.defaultBoxes, &file),
            ModelMetadata.boxCoder: coder(model.coder),
            ModelMetadata.detectionOutput: output(model.output),
        ]
        file.metadata[ModelMetadata.network] = network.text(addingTo: &file)
        return try file.bytes()
    }

    // MARK: Parts

    static func provenance(_ entries: [(name: String, value: String)]) -> String {
        text { json in
            json.array { json in
                for entry in entries {
                    json.array { json in
                        json.string(entry.name)
                        json.string(entry.value)
                    }
                }
            }
        }
    }

    static func labels(_ labels: LabelMap) -> String {
        text { json in
            json.array { json in
                for name in labels.names { if let name { json.string(name) } else { json.null() } }
            }
        }
    }

    static func preprocessing(_ preprocessing: Preprocessing) -> String {
        object { addMembers(of: preprocessing, to: &$0) }
    }

    /// The channel order, of an input of floats the factor and the summand of each channel, and what is between pixels unless it
    /// goes without saying.
    static func addMembers(of preprocessing: Preprocessing, to json: inout JSONWriter) {
        json.member("channel_order", preprocessing.channelOrder.rawValue)
        if case .affine(let scale, let bias) = preprocessing.normalization {
            numbers("scale", scale, &json)
            numbers("bias", bias, &json)
        }
        if !preprocessing.hasUsualInterpolation { json.member("interpolation", preprocessing.interpolation.rawValue) }
    }

    private static func defaultBoxes(_ boxes: DefaultBoxes, _ file: inout SafetensorsWriter) -> String {
        switch boxes {
        case .explicit(let boxes):
            file.add(
                ModelMetadata.defaultBoxTensor, [boxes.count, 4],
                .float32(boxes.flatMap { [$0.cx, $0.cy, $0.w, $0.h] }))
            return object { $0.member("tensor", ModelMetadata.defaultBoxTensor) }
        case .generated(let configuration): return defaultBoxes(configuration)
        }
    }

    static func defaultBoxes(_ configuration: DefaultBoxConfiguration) -> String {
        object { json in
            addMembers(of: configuration, to: &json)
            json.name("maps")
            json.array { json in
                for map in configuration.maps { json.object { addMembers(of: map, to: &$0) } }
            }
        }
    }

    /// What is the same for all source maps.
    static func addMembers(of configuration: DefaultBoxConfiguration, to json: inout JSONWriter) {
        json.member("image_width", configuration.imageWidth)
        json.member("image_height", configuration.imageHeight)
        json.member("clip", configuration.clip.rawValue)
        json.name("truncates_sizes")
        json.boolean(configuration.truncatesSizes)
    }

    /// A source map.
    static func addMembers(of map: DefaultBoxConfiguration.SourceMap, to json: inout JSONWriter) {
        json.member("rows", map.rows)
        json.member("columns", map.columns)
        if let step = map.stepX { number("step_x", step, &json) }
        if let step = map.stepY { number("step_y", step, &json) }
        numbers("minimum_sizes", map.minimumSizes, &json)
        numbers("maximum_sizes", map.maximumSizes, &json)
        numbers("aspect_ratios", map.aspectRatios, &json)
        // Left out where they say nothing, so that earlier versions read what they can.
        if !map.shapes.isEmpty {
            json.name("shapes")
            json.array { json in
                for shape in map.shapes {
                    json.array { json in
                        json.exact(shape.width)
                        json.exact(shape.height)
                    }
                }
            }
        }
        if map.offset != 0.5 { number("offset", map.offset, &json) }
    }

    static func coder(_ coder: BoxCoder) -> String {
        object { json in
            switch coder.scaling {
            case .variances(let factors): numbers("variances", list(factors), &json)
            case .divisors(let factors): numbers("divisors", list(factors), &json)
            }
            json.member("order", coder.order.rawValue)
            if coder.sizes != .logarithmic { json.member("sizes", coder.sizes.rawValue) }
            if let limit = coder.maximumLogScale { number("maximum_log_scale", limit, &json) }
        }
    }

    private static func list(_ factors: Variances) -> [Float] { [factors.x, factors.y, factors.width, factors.height] }

    static func output(_ output: DetectionOutputConfiguration, hasClassCount: Bool = true) -> String {
        object { json in
            if hasClassCount { json.member("class_count", output.classCount) }
            json.member("activation", output.activation.rawValue)
            if let background = output.backgroundIndex { json.member("background_index", background) }
            number("score_threshold", output.scoreThreshold, &json)
            json.name("threshold_is_inclusive")
            json.boolean(output.thresholdIsInclusive)
            number("iou_threshold", output.iouThreshold, &json)
            json.member("candidates_per_class", output.candidatesPerClass)
            if let limit = output.detectionsPerClass { json.member("detections_per_class", limit) }
            json.member("max_detections", output.maxDetections)
            if case .bestClass(let classes) = output.suppression { json.member("classes_per_detection", classes) }
            json.member("clip", output.clip.rawValue)
        }
    }

    // MARK: JSON

    static func text(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        body(&json)
        return String(decoding: json.finish(lineFeed: false), as: UTF8.self)
    }

    static func object(_ body: (inout JSONWriter) -> Void) -> String { text { $0.object(body) } }

    private static func number(_ name: StaticString, _ value: Float, _ json: inout JSONWriter) {
        json.name(name)
        json.exact(value)
    }

    private static func numbers(_ name: StaticString, _ values: [Float], _ json: inout JSONWriter) {
        json.name(name)
        json.array { json in for value in values { json.exact(value) } }
    }
}
