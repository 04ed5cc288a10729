import MultiBox
import Networks

/// The parts of a detector that a TensorFlow Lite file holds or that its outputs are recognised by.
package struct TFLiteDetector: Sendable {
    /// The family of its network.
    package let architecture: String
    /// The network; its outputs are `locations` and `scores`.
    package let network: Network
    /// Raw offsets, `[boxes, 4]`.
    package let locations: TensorID
    /// Confidences, `[boxes, classes]`.
    package let scores: TensorID
    /// How a photo becomes the input.
    package let preprocessing: Preprocessing
    /// The class names that the architecture implies, background included; nil where the file's user must know them.
    package let labels: [String?]?
    /// The default boxes.
    package let defaultBoxes: DefaultBoxes
    /// How offsets describe boxes.
    package let coder: BoxCoder
    /// How confidences become detections.
    package let output: DetectionOutputConfiguration
    /// Where all this comes from, for the model's provenance: what was read, recognised and guessed.
    package let origins: [(name: String, value: String)]
    /// The outputs that it is made of; nil where the file says which.
    let outputs: Sidecar.Outputs?

    /// Imports the network and finds out how its outputs become detections.
    ///
    /// - Parameters:
    ///   - sidecar: what lies beside the file and says what the file does not.
    ///   - isDraft: whether default boxes are guessed that nothing says.
    /// - Throws: `unknownDetector` if nothing says so, else what is wrong or not supported.
    package init(_ file: TFLiteFile, sidecar: Sidecar? = nil, isDraft: Bool = false) throws(ModelFileError) {
        var importer = try TFLiteImporter(file)
        try importer.importOperators()
        if let op = importer.postProcess, sidecar?.outputs == nil {
            try self.init(importer, postProcess: op)
        } else {
            try self.init(importer, sidecar: sidecar, isDraft: isDraft)
        }
    }

    // MARK: Files that end in TFLite_Detection_PostProcess

    /// The operator's inputs are raw offsets, confidences and the default boxes, its options the rest. TensorFlow's
    /// detection models take the bytes as they are when quantized, else x / 127.5 − 1 of red, green and blue.
    private init(
        _ importing: consuming TFLiteImporter, postProcess op: TFLiteOperator
    ) throws(ModelFileError) {
        var importer = importing
        let locations = try importer.rows(op, 0)
        let scores = try importer.rows(op, 1)
        let boxes = importer.builder[locations].shape.dimensions
        let columns = importer.builder[scores].shape.dimensions
        guard boxes[1] == 4, columns[0] == boxes[0] else {
            throw op.unsupported("offsets of shape \(boxes) beside confidences of shape \(columns)")
        }
        let anchors = try importer.floats(op, 2, axis: 1)
        guard anchors.count == boxes[0] * 4 else {
            throw op.unsupported("\(anchors.count / 4) default boxes for \(boxes[0]) rows")
        }
        let options = try Self.options(FlexBufferMap(importer.file.bytes, in: op.customOptions), op)
        do throws(MultiBoxError) {
            output = try options.configuration(columns: columns[1])
            coder = options.coder
            // Stored as y, x, h, w.
            let centers = stride(from: 0, to: anchors.count, by: 4).map {
                CenterBox(cx: anchors[$0 + 1], cy: anchors[$0], w: anchors[$0 + 3], h: anchors[$0 + 2])
            }
            defaultBoxes = .explicit(centers)
            // Proves the stored boxes and the options, so that the error names the file and not a later step.
            _ = try DetectionOutput(configuration: output, coder: coder, defaultBoxes: centers)
        } catch { throw .postProcessing(error) }
        let input = importer.builder[importer.builder.inputTensor]
        (preprocessing, origins) = Self.usualPreprocessing(
            input, [("read", "default boxes, coder and suppression")])
        architecture = "tflite"
        labels = nil
        outputs = nil
        network = importer.build(outputs: [locations, scores])
        self.locations = locations
        self.scores = scores
    }

    private static func options(
        _ map: FlexBufferMap, _ op: TFLiteOperator
    ) throws(ModelFileError) -> TFLiteDetectionPostProcess {
        func required<T>(_ key: String, _ value: T?) throws(ModelFileError) -> T {
            guard let value else { throw op.unsupported("its option \(key) is missing") }
            return value
        }
        func number(_ key: String) throws(ModelFileError) -> Float { try required(key, map.float(key)) }
        func integer(_ key: String) throws(ModelFileError) -> Int { try required(key, map.integer(key)) }
        return TFLiteDetectionPostProcess(
            maxDetections: try integer("max_detections"),
            maxClassesPerDetection: try integer("max_classes_per_detection"),
            detectionsPerClass: try map.integer("detections_per_class")
                ?? TFLiteDetectionPostProcess.defaultDetectionsPerClass,
            useRegularNMS: try map.bool("use_regular_nms") ?? false,
            nmsScoreThreshold: try number("nms_score_threshold"), nmsIoUThreshold: try number("nms_iou_threshold"),
            classCount: try integer("num_classes"),
            scales: Variances(
                x: try number("x_scale"), y: try number("y_scale"), width: try number("w_scale"),
                height: try number("h_scale")))
    }

    // MARK: Raw heads

    /// Raw offsets and scores as outputs: those of a published detector, or of one that the sidecar describes.
    private init(
        _ importing: consuming TFLiteImporter, sidecar: Sidecar?, isDraft: Bool
    ) throws(ModelFileError) {
        var importer = importing
        let input = importer.builder[importer.builder.inputTensor]
        let heads = try DetectorHeads(
            among: importer.detectorOutputs(all: sidecar?.outputs != nil), input: input.shape, named: sidecar?.outputs)
        outputs = Sidecar.Outputs(locations: heads.locations.name, scores: heads.scores.name)
        var origins: [(name: String, value: String)] = []
        let said = sidecar?.defaultBoxes ?? heads.known.map { .generated($0.defaultBoxes) }
        guard said != nil || isDraft else {
            throw .unknownDetector(
                found: "input \(input.shape), outputs \(DetectorHeads.description(heads.locations)) and "
                    + DetectorHeads.description(heads.scores))
        }
        let (locations, scores) = try proven { () throws(NetworkError) in
            (
                try importer.builder.detectorRows(heads.locations, columns: 4, name: "locations"),
                try importer.builder.detectorRows(heads.scores, columns: heads.scores.columns, name: "scores")
            )
        }
        network = importer.build(outputs: [locations, scores])
        self.locations = locations
        self.scores = scores
        if let said {
            defaultBoxes = said
        } else {
            defaultBoxes = .generated(
                try network.usualDefaultBoxes(of: locations, columns: heads.locations.columns))
            origins.append(("guessed", "its default boxes are those of the SSD paper on maps of such sizes"))
        }
        coder = heads.known?.coder ?? .ssd
        labels = heads.known?.labels
        architecture = heads.known?.architecture ?? "tflite"
        let confidence = network.confidence(of: scores)
        if let known = heads.known {
            var output = known.output
            if confidence != nil { output.activation = .identity }
            self.output = output
            origins.append(("recognised", "\(known.architecture), by the sizes of its input and outputs"))
            preprocessing = known.preprocessing.of(input)
        } else {
            let columns = heads.scores.columns
            let isSoftmax = confidence == .softmax || (confidence == nil && columns > 1)
            output = DetectionOutputConfiguration(
                classCount: columns, activation: confidence != nil ? .identity : isSoftmax ? .softmax : .sigmoid,
                backgroundIndex: isSoftmax && columns > 1 ? 0 : nil)
            if confidence == nil, sidecar?.output.saysActivation != true {
                origins.append(("guessed", isSoftmax ? "scores before a softmax" : "scores before a sigmoid"))
            }
            (preprocessing, origins) =
                sidecar?.saysPreprocessing == true
                ? (.shares(width: input.shape.width, height: input.shape.height, from: -1).of(input), origins)
                : Self.usualPreprocessing(input, origins)
        }
        self.origins = origins
    }

    /// What TensorFlow's detection models take: bytes as they are when quantized, else x / 127.5 − 1 of red, green and blue.
    private static func usualPreprocessing(
        _ input: Tensor, _ origins: [(name: String, value: String)]
    ) -> (Preprocessing, [(name: String, value: String)]) {
        let usual = Preprocessing.shares(width: input.shape.width, height: input.shape.height, from: -1).of(input)
        let guess = usual.normalization == .bytes ? "its input is red first" : "its input is x / 127.5 − 1, red first"
        return (usual, origins + [("guessed", guess)])
    }
}

extension Preprocessing {
    /// The same for an input of bytes, which stand for the same numbers.
    fileprivate func of(_ input: Tensor) -> Preprocessing {
        var preprocessing = self
        if input.element != .float32 { preprocessing.normalization = .bytes }
        return preprocessing
    }
}

extension TFLiteImporter {
    /// The file's outputs, or all of its tensors that are of the network, under their names in the file.
    fileprivate func detectorOutputs(all: Bool) -> [DetectorHeads.Output] {
        let indices = all ? Array(file.tensors.indices) : file.outputs.filter { file.tensors.indices.contains($0) }
        return indices.compactMap { index in
            output(index).map {
                DetectorHeads.Output(
                    name: file.tensors[index].name, tensor: $0, shape: builder[$0].shape.dimensions)
            }
        }
    }

    /// An input of the post-processing as a float matrix of one row a default box.
    fileprivate mutating func rows(_ op: TFLiteOperator, _ input: Int) throws(ModelFileError) -> TensorID {
        let x = try activation(op, input)
        let shape = builder[x].shape
        guard shape.dimensions.count == 2 else {
            throw op.unsupported("its input \(input) has shape \(shape), not boxes×columns")
        }
        return try float(x, name: "\(tensor(op, input).name)/float")
    }
}
