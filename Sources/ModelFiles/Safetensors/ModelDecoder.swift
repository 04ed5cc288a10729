import Platform
import JSON
import MultiBox
import Networks

/// Reads a detector that `ModelEncoder` wrote.
enum ModelDecoder {
    /// Whether a file says that it holds a detector of ours.
    static func isModel(_ file: SafetensorsFile) -> Bool { file.metadata[ModelMetadata.formatVersion] != nil }

    /// The detector in a file.
    ///
    /// - Parameter version: what the file's digest makes of it.
    /// - Throws: `unknownDetector` if the file holds no model of ours, `unsupportedFormatVersion` if it is of another
    ///   version, else what is wrong with it.
    static func model(in file: SafetensorsFile, version: String) throws(ModelFileError) -> DetectionModel {
        guard let formatVersion = file.metadata[ModelMetadata.formatVersion] else {
            throw .unknownDetector(
                found: "\(file.tensors.count) tensors without the metadata that multibox convert writes")
        }
        guard formatVersion == ModelMetadata.currentVersion else {
            throw .unsupportedFormatVersion(found: formatVersion, supported: ModelMetadata.currentVersion)
        }
        let (network, values, parameters) = try NetworkDecoder.decode(
            try members(ModelMetadata.network, file), in: file)
        let (boxes, hasTensor) = try defaultBoxes(file)
        for name in file.tensors.keys.sorted()
        where !parameters.contains(name) && !(hasTensor && name == ModelMetadata.defaultBoxTensor) {
            throw .metadata(place: "the tensor \(name)", reason: "has no place in the model")
        }
        var outputs = try members(ModelMetadata.outputs, file)
        let (locations, scores) = (try outputs.integer("locations"), try outputs.integer("scores"))
        try outputs.finish()
        guard values.indices.contains(locations), values.indices.contains(scores) else {
            throw outputs.wrong("locations", "or scores name no tensor of the network")
        }
        let output = try output(file)
        let model = DetectionModel(
            name: try text(ModelMetadata.name, file), version: version,
            architecture: try text(ModelMetadata.architecture, file), provenance: try provenance(file),
            network: network, locations: values[locations], scores: values[scores],
            preprocessing: try preprocessing(file, network), labels: try labels(file, output), defaultBoxes: boxes,
            coder: try coder(file), output: output)
        try ModelConsistency.check(model)
        return model
    }

    // MARK: Texts

    static func text(_ name: String, _ file: some ModelTexts) throws(ModelFileError) -> String {
        guard let text = file.metadata[name] else { throw .metadata(place: name, reason: "is missing") }
        return text
    }

    static func json(_ name: String, _ file: some ModelTexts) throws(ModelFileError) -> JSONValue {
        let text = try text(name, file)
        do throws(JSONError) {
            return try JSONReader.parse(Array(text.utf8)[...], maximumValues: SafetensorsFile.maximumHeaderValues)
        } catch { throw .metadata(place: name, reason: "is not JSON: \(error)") }
    }

    static func members(_ name: String, _ file: some ModelTexts) throws(ModelFileError) -> JSONMembers {
        try JSONMembers(try json(name, file), place: name)
    }

    // MARK: Parts

    static func provenance(
        _ file: some ModelTexts
    ) throws(ModelFileError) -> [(name: String, value: String)] {
        let place = ModelMetadata.provenance
        guard case .array(let entries) = try json(place, file) else {
            throw .metadata(place: place, reason: "is not an array")
        }
        var result: [(name: String, value: String)] = []
        for entry in entries {
            guard case .array(let pair) = entry, pair.count == 2, let name = pair[0].text, let value = pair[1].text
            else { throw .metadata(place: place, reason: "is not an array of pairs of texts") }
            result.append((name, value))
        }
        return result
    }

    static func labels(
        _ file: some ModelTexts, _ output: DetectionOutputConfiguration
    ) throws(ModelFileError) -> LabelMap {
        let place = ModelMetadata.labels
        guard case .array(let elements) = try json(place, file) else {
            throw .metadata(place: place, reason: "is not an array")
        }
        var names: [String?] = []
        for element in elements {
            if element == .null {
                names.append(nil)
            } else if let name = element.text {
                names.append(name)
            } else {
                throw .metadata(place: place, reason: "is not an array of texts")
            }
        }
        do throws(LabelMapError) {
            return try LabelMap(names: names, hasBackground: output.backgroundIndex == 0)
        } catch { throw .metadata(place: place, reason: "cannot be used: \(error.reason)") }
    }

    private static func preprocessing(
        _ file: SafetensorsFile, _ network: Network
    ) throws(ModelFileError) -> Preprocessing {
        let shape = network[network.input].shape
        guard shape.isFeatureMap else {
            throw .metadata(place: ModelMetadata.network, reason: "has an input of shape \(shape), not an image")
        }
        let (order, normalization, interpolation) = try preparation(file)
        return Preprocessing(
            width: shape.width, height: shape.height, channelOrder: order, normalization: normalization,
            interpolation: interpolation)
    }

    /// What is done to a photo of the network's size.
    static func preparation(
        _ file: some ModelTexts
    ) throws(ModelFileError) -> (ChannelOrder, Preprocessing.Normalization, Preprocessing.Interpolation) {
        var members = try members(ModelMetadata.preprocessing, file)
        let order = try members.choice("channel_order", ChannelOrder.self)
        var normalization = Preprocessing.Normalization.bytes
        if members.has("scale") || members.has("bias") {
            normalization = .affine(scale: try members.floats("scale"), bias: try members.floats("bias"))
        }
        // What is not said is as it always was.
        let interpolation =
            members.has("interpolation")
            ? try members.choice("interpolation", Preprocessing.Interpolation.self)
            : .floats
        try members.finish()
        return (order, normalization, interpolation)
    }

    private static func defaultBoxes(
        _ file: SafetensorsFile
    ) throws(ModelFileError) -> (boxes: DefaultBoxes, hasTensor: Bool) {
        var members = try members(ModelMetadata.defaultBoxes, file)
        if members.has("tensor") {
            let name = try members.text("tensor")
            try members.finish()
            guard name == ModelMetadata.defaultBoxTensor, let tensor = file.tensors[name] else {
                throw members.wrong("tensor", "names no tensor of default boxes")
            }
            guard tensor.shape.count == 2, tensor.shape[1] == 4, let values = file.floats(of: tensor) else {
                throw .metadata(place: "the tensor \(name)", reason: "is not of four floats for each box")
            }
            let boxes = stride(from: 0, to: values.count, by: 4).map {
                CenterBox(cx: values[$0], cy: values[$0 + 1], w: values[$0 + 2], h: values[$0 + 3])
            }
            return (.explicit(boxes), true)
        }
        return (.generated(try defaultBoxConfiguration(&members)), false)
    }

    /// What default boxes follow from.
    static func defaultBoxConfiguration(
        _ members: inout JSONMembers
    ) throws(ModelFileError) -> DefaultBoxConfiguration {
        let configuration = try DetectorMembers.defaultBoxes(
            &members, imageWidth: members.integer("image_width"), imageHeight: members.integer("image_height"))
        try members.finish()
        return configuration
    }

    static func coder(_ file: some ModelTexts) throws(ModelFileError) -> BoxCoder {
        var members = try members(ModelMetadata.boxCoder, file)
        let coder = try DetectorMembers.coder(&members)
        try members.finish()
        return coder
    }

    static func output(_ file: some ModelTexts) throws(ModelFileError) -> DetectionOutputConfiguration {
        var members = try members(ModelMetadata.detectionOutput, file)
        var output = DetectionOutputConfiguration(classCount: try members.integer("class_count"))
        output.activation = try members.choice("activation")
        output.backgroundIndex = try members.optionalInteger("background_index")
        output.scoreThreshold = try members.float("score_threshold")
        output.thresholdIsInclusive = try members.boolean("threshold_is_inclusive", default: false)
        output.iouThreshold = try members.float("iou_threshold")
        output.candidatesPerClass = try members.integer("candidates_per_class")
        output.detectionsPerClass = try members.optionalInteger("detections_per_class")
        output.maxDetections = try members.integer("max_detections")
        if let classes = try members.optionalInteger("classes_per_detection") {
            output.suppression = .bestClass(classesPerDetection: classes)
        }
        output.clip = try members.choice("clip")
        try members.finish()
        return output
    }
}
