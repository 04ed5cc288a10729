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
    package let labels: [String]?
    /// The default boxes.
    package let defaultBoxes: DefaultBoxes
    /// How offsets describe boxes.
    package let coder: BoxCoder
    /// How confidences become detections.
    package let output: DetectionOutputConfiguration

    /// Imports the network and finds out how its outputs become detections.
    ///
    /// - Throws: `unknownDetector` if nothing says so, else what is wrong or not supported.
    package init(_ file: TFLiteFile) throws(ModelFileError) {
        var importer = try TFLiteImporter(file)
        try importer.importOperators()
        if let op = importer.postProcess {
            try self.init(importer, postProcess: op)
        } else {
            try self.init(ultraLightFace: importer)
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
        preprocessing = Preprocessing(
            width: input.shape.width, height: input.shape.height, channelOrder: .rgb,
            normalization: input.element == .float32
                ? .affine(scale: [1 / 127.5, 1 / 127.5, 1 / 127.5], bias: [-1, -1, -1]) : .bytes)
        architecture = "tflite"
        labels = nil
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

    // MARK: Ultra-Light-Face

    /// Ultra-Light-Fast-Generic-Face-Detector-1MB at 320×240, with raw offsets and softmaxed scores of its 4420 default
    /// boxes as outputs; its suppression is at an IoU of 0.3 over at most 1500 candidates.
    private init(ultraLightFace importing: consuming TFLiteImporter) throws(ModelFileError) {
        let importer = importing
        let input = importer.builder[importer.builder.inputTensor]
        let outputs = importer.file.outputs.map { importer.output($0) }
        let tensors = outputs.map { id in id.map { importer.builder[$0] } }
        let found = tensors.map { $0?.shape.description ?? "a constant" }
        func output(_ shape: [Int]) -> TensorID? {
            let matching = tensors.indices.filter {
                tensors[$0]?.shape.dimensions == shape && tensors[$0]?.element == .float32
            }
            return matching.count == 1 ? outputs[matching[0]] : nil
        }
        guard input.shape.dimensions == [240, 320, 3], input.element == .float32, outputs.count == 2,
            let locations = output([4420, 4]), let scores = output([4420, 2])
        else {
            throw .unknownDetector(
                found: "input \(input.shape), outputs \(found.isEmpty ? "none" : found.joined(separator: " and "))")
        }
        architecture = "ultra-light-face"
        labels = ["background", "face"]
        preprocessing = Preprocessing(
            width: 320, height: 240, channelOrder: .rgb,
            normalization: .affine(
                scale: [1 / 128, 1 / 128, 1 / 128], bias: [-127.0 / 128, -127.0 / 128, -127.0 / 128]))
        defaultBoxes = .generated(.ultraLightFace320)
        coder = .ssd
        self.output = DetectionOutputConfiguration(
            classCount: 2, activation: .identity, iouThreshold: 0.3, candidatesPerClass: 1500, maxDetections: 750)
        network = importer.build(outputs: [locations, scores])
        self.locations = locations
        self.scores = scores
    }
}

extension TFLiteImporter {
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
