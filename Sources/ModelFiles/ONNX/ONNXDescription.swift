import JSON
import MultiBox
import Networks
import Platform

/// What an ONNX file that multibox wrote says of its detector: all that the graph does not.
struct ONNXDescription: Sendable {
    /// The text about the graph's input.
    static let input = "input"
    /// The text about convolutions by Winograd's method.
    static let winograd = "winograd"
    /// The most default boxes that are stored one by one.
    static let maximumBoxes = SafetensorsFile.maximumHeaderValues / 4 - 1

    let name: String
    let architecture: String
    let provenance: [(name: String, value: String)]
    let labels: LabelMap
    let defaultBoxes: DefaultBoxes
    let coder: BoxCoder
    let output: DetectionOutputConfiguration
    /// How a photo becomes the network's input, as it was before it was written.
    let channelOrder: ChannelOrder
    let normalization: Preprocessing.Normalization
    let interpolation: Preprocessing.Interpolation
    /// The numbers that the bytes 0 and 255 are for the graph.
    let range: (lower: Float, upper: Float)
    /// The names of the values that are the raw offsets and scores.
    let locations: String, scores: String
    /// Factors of Winograd's method by the number of the convolution.
    let winograd: [Int: WinogradFactors]

    /// What a file says; nil where it is none of ours.
    init?(_ file: ONNXFile) throws(ModelFileError) {
        guard let version = file.metadata[ModelMetadata.formatVersion] else { return nil }
        guard version == ModelMetadata.currentVersion else {
            throw .unsupportedFormatVersion(found: version, supported: ModelMetadata.currentVersion)
        }
        name = try ModelDecoder.text(ModelMetadata.name, file)
        architecture = try ModelDecoder.text(ModelMetadata.architecture, file)
        provenance = try ModelDecoder.provenance(file)
        output = try ModelDecoder.output(file)
        labels = try ModelDecoder.labels(file, output)
        coder = try ModelDecoder.coder(file)
        (channelOrder, normalization, interpolation) = try ModelDecoder.preparation(file)
        var boxes = try ModelDecoder.members(ModelMetadata.defaultBoxes, file)
        if boxes.has("boxes") {
            let values = try boxes.floats("boxes")
            try boxes.finish()
            guard values.count % 4 == 0 else { throw boxes.wrong("boxes", "are not of four numbers each") }
            defaultBoxes = .explicit(
                stride(from: 0, to: values.count, by: 4).map {
                    CenterBox(cx: values[$0], cy: values[$0 + 1], w: values[$0 + 2], h: values[$0 + 3])
                })
        } else {
            defaultBoxes = .generated(try ModelDecoder.defaultBoxConfiguration(&boxes))
        }
        var outputs = try ModelDecoder.members(ModelMetadata.outputs, file)
        (locations, scores) = (try outputs.text("locations"), try outputs.text("scores"))
        try outputs.finish()
        var input = try ModelDecoder.members(Self.input, file)
        guard try input.choice("channel_order", ChannelOrder.self) == .rgb else {
            throw input.wrong("channel_order", "is not rgb")
        }
        let limits = try input.floats("range")
        try input.finish()
        guard limits.count == 2, limits[0] < limits[1] else { throw input.wrong("range", "is not from less to more") }
        range = (limits[0], limits[1])
        winograd = try Self.winograd(file)
    }

    private static func winograd(_ file: ONNXFile) throws(ModelFileError) -> [Int: WinogradFactors] {
        guard file.metadata[winograd] != nil else { return [:] }
        guard case .array(let entries) = try ModelDecoder.json(winograd, file) else {
            throw .metadata(place: winograd, reason: "is not an array")
        }
        var result: [Int: WinogradFactors] = [:]
        for entry in entries {
            var members = try JSONMembers(entry, place: winograd)
            let index = try members.integer("convolution")
            guard let factors = WinogradFactors(try members.integers("factors")) else {
                throw members.wrong("factors", "are not \(WinogradFactors.count) numbers from 1 to \(Int16.max)")
            }
            try members.finish()
            result[index] = factors
        }
        return result
    }
}

extension ONNXDetector {
    /// The detector that a file of ours describes, with the network of its graph.
    init(_ description: ONNXDescription, _ importer: consuming ONNXImporter) throws(ModelFileError) {
        let input = importer.builder[importer.builder.inputTensor]
        let (locations, boxes) = try importer.matrix(description.locations, columns: 4, name: "locations")
        let (scores, rows) = try importer.matrix(
            description.scores, columns: description.output.classCount, name: "scores")
        guard boxes == rows else { throw .inconsistent(reason: "it has \(boxes) offsets and \(rows) rows of scores") }
        preprocessing = Self.preprocessing(description, importer.image, input)
        network = importer.build(outputs: [locations, scores])
        (self.locations, self.scores) = (network.outputs[0], network.outputs[1])
        (name, architecture, provenance) = (description.name, description.architecture, description.provenance)
        labels = description.labels.names
        (defaultBoxes, coder, output) = (description.defaultBoxes, description.coder, description.output)
        guesses = []
    }

    /// How a photo becomes the input: as the graph has it, in the very numbers that were written where these agree with it.
    private static func preprocessing(
        _ description: ONNXDescription, _ image: ONNXImage?, _ input: Tensor
    ) -> Preprocessing {
        let order: ChannelOrder = image?.isReversed == true ? .bgr : .rgb
        guard input.element == .float32 else {
            return Preprocessing(
                width: input.shape.width, height: input.shape.height, channelOrder: order, normalization: .bytes,
                interpolation: description.interpolation)
        }
        let (scale, bias) = (image?.scale ?? .one, image?.bias ?? .zero)
        let (lower, upper) = description.range
        let factors = scale * ((upper - lower) / 255)
        let summands = bias + scale * lower
        var normalization = Preprocessing.Normalization.affine(
            scale: [factors.x, factors.y, factors.z], bias: [summands.x, summands.y, summands.z])
        if order == description.channelOrder, case .affine(let scale, let bias) = description.normalization,
            scale.count == 3, bias.count == 3
        {
            let (written, added) = (SIMD3(scale), SIMD3(bias))
            func agree(_ a: Float, _ b: Float, _ least: Float) -> Bool { abs(a - b) <= 1e-5 * max(abs(a), least) }
            let isSame = (0..<3).allSatisfy { channel in
                agree(written[channel], factors[channel], 0) && agree(added[channel], summands[channel], 1)
            }
            if isSame { normalization = description.normalization }
        }
        return Preprocessing(
            width: input.shape.width, height: input.shape.height, channelOrder: order, normalization: normalization,
            interpolation: description.interpolation)
    }
}

extension ONNXImporter {
    /// A value of the graph as a matrix, one row a default box; confidences are made where the graph makes them.
    mutating func matrix(
        _ value: String, columns: Int, name: String
    ) throws(ModelFileError) -> (id: TensorID, rows: Int) {
        let id: TensorID
        switch self.value(named: value) {
        case .rows(let tensor, _)?, .map(let tensor)?: id = tensor
        case .confidences(let logits, let shape, let confidence)?:
            id = try confidences(logits, shape, confidence, name: name)
        default: throw .metadata(place: ModelMetadata.outputs, reason: "name \(value), which is no tensor of the graph")
        }
        let count = builder[id].shape.elementCount
        guard columns > 0, count % columns == 0 else {
            throw .metadata(place: ModelMetadata.outputs, reason: "name \(value), which is \(builder[id].shape)")
        }
        let matrix = try proven { () throws(NetworkError) in
            try builder.matrix(id, [count / columns, columns], name: name)
        }
        return (matrix, count / columns)
    }
}
