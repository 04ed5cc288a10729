import MultiBox
import Networks
import Platform

/// The parts of a detector that an ONNX file holds, or that what follows its heads tells.
package struct ONNXDetector: Sendable {
    /// What the file calls it; nil where it does not.
    package let name: String?
    /// The family of its network.
    package let architecture: String
    /// Where it comes from, as far as the file says so.
    package let provenance: [(name: String, value: String)]
    /// The network; its outputs are `locations` and `scores`.
    package let network: Network
    /// Raw offsets, `[boxes, 4]`.
    package let locations: TensorID
    /// Scores, `[boxes, classes]`.
    package let scores: TensorID
    /// How a photo becomes the input.
    package let preprocessing: Preprocessing
    /// The class names that the architecture implies, background included; nil where the file's user must know them.
    package let labels: [String?]?
    /// The default boxes.
    package let defaultBoxes: DefaultBoxes
    /// How offsets describe boxes.
    package let coder: BoxCoder
    /// How scores become detections.
    package let output: DetectionOutputConfiguration
    /// What the file does not say and was taken for likely, for the model's provenance.
    package let guesses: [String]

    /// Two values of the network that a detector is made of.
    private struct Heads {
        var locations: TensorID
        var scores: TensorID
        /// What makes confidences of the scores; nil where they are some.
        var confidence: ONNXConfidence?
        var count: Int
        var columns: Int
        /// The names that the offsets have, with the shape of each.
        var names: [(name: String, shape: [Int])]
    }

    /// Imports the network and finds out how its outputs become detections.
    ///
    /// - Parameter sidecar: what lies beside the file and says what the file does not.
    /// - Throws: `unknownDetector` if nothing says so, else what is wrong or not supported.
    package init(_ file: ONNXFile, sidecar: Sidecar? = nil) throws(ModelFileError) {
        let description = try ONNXDescription(file)
        var importer = try ONNXImporter(file, winograd: description?.winograd ?? [:])
        try importer.importNodes()
        if let description {
            try self.init(description, importer)
        } else {
            try self.init(recognizing: importer, sidecar)
        }
    }

    /// Finds out what the graph says, and guesses what neither it nor a sidecar does.
    private init(recognizing importer: consuming ONNXImporter, _ sidecar: Sidecar?) throws(ModelFileError) {
        (name, provenance) = (nil, [])
        let heads = try Self.heads(&importer, named: sidecar?.outputs)
        let input = importer.builder[importer.builder.inputTensor].shape
        let isUltraLightFace = heads.count == 4420 && heads.columns == 2 && input.dimensions == [240, 320, 3]
        let decoding = Self.decoding(importer, heads, input)
        let boxes = heads.count
        if let decoding {
            (defaultBoxes, coder) = (.explicit(decoding.defaultBoxes), decoding.coder)
        } else if let boxes = sidecar?.defaultBoxes {
            (defaultBoxes, coder) = (boxes, .ssd)
        } else if isUltraLightFace {
            (defaultBoxes, coder) = (.generated(.ultraLightFace320), .ssd)
        } else {
            throw .unknownDetector(
                found: "\(boxes) offsets and \(heads.columns) classes, and nothing says the default boxes")
        }
        var guesses: [String] = []
        architecture = isUltraLightFace ? "ultra-light-face" : "onnx"
        if isUltraLightFace {
            labels = ["background", "face"]
        } else {
            // Of torchvision's and of Caffe's networks, which have these numbers of columns, background counted.
            let known = [LabelMap.coco, .pascalVOC].first { $0.count == heads.columns }
            labels = heads.confidence == .softmax ? known?.names : nil
            if labels != nil {
                guesses.append("\(heads.columns) columns are those of \(heads.columns == 91 ? "COCO" : "Pascal VOC")")
            }
        }
        let isBytes = importer.builder[importer.builder.inputTensor].element != .float32
        preprocessing = Self.preprocessing(
            importer.image, input, isBytes: isBytes, isUltraLightFace: isUltraLightFace, &guesses)
        output =
            isUltraLightFace
            ? DetectionOutputConfiguration(
                classCount: 2, activation: heads.confidence == .softmax ? .softmax : .identity, iouThreshold: 0.3,
                candidatesPerClass: 1500, maxDetections: 750)
            : try Self.output(importer, heads, &guesses)
        self.guesses = guesses
        let (locations, scores) = try proven { () throws(NetworkError) in
            (
                try importer.builder.matrix(heads.locations, [heads.count, 4], name: "locations"),
                try importer.builder.matrix(heads.scores, [heads.count, heads.columns], name: "scores")
            )
        }
        network = importer.build(outputs: [locations, scores])
        (self.locations, self.scores) = (network.outputs[0], network.outputs[1])
    }

    // MARK: Heads

    /// The offsets and scores among what follows the network or is its output.
    private static func heads(
        _ importer: inout ONNXImporter, named: Sidecar.Outputs?
    ) throws(ModelFileError) -> Heads {
        let outputs = importer.file.graph.output.map(\.name)
        for name in named.map({ [$0.locations, $0.scores] }) ?? [] where importer.value(named: name) == nil {
            throw .unknownDetector(found: "nothing called \(name), which its sidecar names as an output")
        }
        var names: [String] = []
        var seen: Set<String> = []
        let candidates = named.map { [$0.locations, $0.scores] } ?? outputs + importer.tail.flatMap(\.inputs)
        for name in candidates where seen.insert(name).inserted { names.append(name) }
        var locations: [(id: TensorID, name: String, shape: [Int])] = []
        var scores: [(id: TensorID, shape: [Int], confidence: ONNXConfidence?)] = []
        for name in names {
            switch importer.value(named: name) {
            case .rows(let id, let shape)?:
                if shape.last == 4 { locations.append((id, name, shape)) }
                scores.append((id, shape, nil))
            case .confidences(let id, let shape, let confidence)?: scores.append((id, shape, confidence))
            default: break
            }
        }
        // Confidences are told by what made them; other rows by being as many as the offsets.
        for location in locations {
            let count = location.shape.reduce(1, *) / 4
            let fitting = scores.filter { score in
                guard let columns = score.shape.last, columns > 0, score.id != location.id else { return false }
                return score.shape.reduce(1, *) == count * columns
                    && (1...DetectionOutputConfiguration.maximumClassCount).contains(columns)
            }
            guard let score = fitting.first(where: { $0.confidence != nil }) ?? fitting.first else { continue }
            return Heads(
                locations: location.id, scores: score.id, confidence: score.confidence, count: count,
                columns: score.shape.last ?? 1,
                names: locations.filter { $0.id == location.id }.map { ($0.name, $0.shape) })
        }
        if let heads = try headsApart(&importer) { return heads }
        if let node = importer.tail.first(where: { !ONNXEvaluator.kinds.contains($0.kind) }), locations.isEmpty {
            throw node.isUnsupported
        }
        let found = outputs.map { "\($0) \(Self.description(importer.value(named: $0)))" }
        throw .unknownDetector(found: "outputs " + found.joined(separator: " and "))
    }

    /// Outputs of each source map apart: joined in the graph's order, which is that of the maps.
    private static func headsApart(_ importer: inout ONNXImporter) throws(ModelFileError) -> Heads? {
        guard let apart = ONNXOutputsApart(importer) else { return nil }
        let columns = apart.columns
        let (locations, scores) = try proven { () throws(NetworkError) in
            (
                try importer.builder.joined(apart.locations, columns: 4, name: "locations"),
                try importer.builder.joined(apart.scores, columns: columns, name: "scores")
            )
        }
        return Heads(
            locations: locations, scores: scores, confidence: apart.confidence, count: apart.count, columns: columns,
            names: [])
    }

    private static func description(_ value: ONNXValue?) -> String {
        switch value {
        case .rows(_, let shape)?, .confidences(_, let shape, _)?: "of shape \(shape)"
        case .map?: "that is a feature map"
        case .traced?: "that other operators make"
        default: "that is no tensor of the network"
        }
    }

    // MARK: What follows the heads

    private static func decoding(
        _ importer: borrowing ONNXImporter, _ heads: Heads, _ input: TensorShape
    ) -> ONNXBoxDecoding? {
        var constants: [String: ONNXTensor] = [:]
        for node in importer.tail {
            for (index, name) in node.inputs.enumerated()
            where constants[name] == nil && importer.isConstant(node, index) {
                constants[name] = try? importer.constant(node, index)
            }
        }
        return ONNXBoxDecoding(
            importer.tail, constants: constants, heads: heads.names, count: heads.count,
            size: (input.height, input.width), operatorSet: importer.file.operatorSet)
    }

    /// The numbers of the suppression that follows the heads, where there is one.
    private static func output(
        _ importer: borrowing ONNXImporter, _ heads: Heads, _ guesses: inout [String]
    ) throws(ModelFileError) -> DetectionOutputConfiguration {
        let activation: DetectionOutputConfiguration.ScoreActivation =
            switch heads.confidence {
            case .softmax?: .softmax
            case .sigmoid?: .sigmoid
            case nil: .identity
            }
        var output = DetectionOutputConfiguration(
            classCount: heads.columns, activation: activation,
            backgroundIndex: heads.confidence == .softmax && heads.columns > 1 ? 0 : nil)
        if heads.confidence != .softmax { guesses.append("no class is the background") }
        let tail = ONNXTail(importer)
        if tail.clipsToPhoto { output.clip = .beforeSuppression }
        if let threshold = tail.scoreThreshold { output.scoreThreshold = threshold }
        if let candidates = tail.candidates { output.candidatesPerClass = candidates }
        if let most = tail.maxDetections { output.maxDetections = most }
        guard let suppression = tail.suppression else {
            guesses.append("suppression at an overlap of \(output.iouThreshold)")
            return output
        }
        if let threshold = suppression.overlap { output.iouThreshold = threshold }
        if let threshold = suppression.score, threshold > 0 { output.scoreThreshold = threshold }
        if let most = suppression.boxes, tail.maxDetections == nil { output.maxDetections = most }
        return output
    }

    /// How a photo becomes the input: as the graph says, whose own input is taken for shares of 255 unless its numbers say
    /// otherwise.
    private static func preprocessing(
        _ image: ONNXImage?, _ input: TensorShape, isBytes: Bool, isUltraLightFace: Bool, _ guesses: inout [String]
    ) -> Preprocessing {
        let order: ChannelOrder = image?.isReversed == true ? .bgr : .rgb
        guard !isBytes else {
            guesses.append("its input is red first")
            return Preprocessing(
                width: input.width, height: input.height, channelOrder: order, normalization: .bytes)
        }
        let (scale, bias) = (image?.scale ?? .one, image?.bias ?? .zero)
        var (own, offset): (SIMD3<Float>, SIMD3<Float>) = (.one, .zero)
        if isUltraLightFace {
            (own, offset) = (SIMD3(repeating: 1 / 128), SIMD3(repeating: -127.0 / 128))
        } else {
            // What is subtracted in the graph is a mean of photos: below 1.5 of shares, else of bytes.
            let mean = -bias / scale
            let isOfShares = (0..<3).allSatisfy { mean[$0].magnitude < 1.5 }
            if isOfShares { own = SIMD3(repeating: 1 / 255) }
            guesses.append(isOfShares ? "its input is x / 255, red first" : "its input is 0 to 255, red first")
        }
        let (factors, summands) = (own * scale, offset * scale + bias)
        return Preprocessing(
            width: input.width, height: input.height, channelOrder: order,
            normalization: .affine(
                scale: [factors.x, factors.y, factors.z], bias: [summands.x, summands.y, summands.z]),
            // A graph that resizes what it has normalized rounds nothing.
            interpolation: image?.isResized == true ? .floats : .bytes)
    }
}

extension NetworkBuilder {
    /// A tensor as a matrix of one row a default box, of floats.
    mutating func matrix(_ x: TensorID, _ dimensions: [Int], name: String) throws(NetworkError) -> TensorID {
        guard self[x].element == .float32 else {
            return try matrix(try convert(x, to: .float32, name: name), dimensions, name: name)
        }
        return self[x].shape.dimensions == dimensions ? x : try reshape(x, to: TensorShape(dimensions), name: name)
    }

    /// Tensors as one matrix, each a run of its rows.
    mutating func joined(_ parts: [TensorID], columns: Int, name: String) throws(NetworkError) -> TensorID {
        var matrices: [TensorID] = []
        for part in parts {
            matrices.append(try matrix(part, [self[part].shape.elementCount / columns, columns], name: name))
        }
        return matrices.count == 1 ? matrices[0] : try concatenation(matrices, axis: 0, name: name)
    }
}
