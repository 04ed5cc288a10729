import MultiBox
import Networks
import Platform

/// Opens model files of every format that is read here.
public enum ModelFile {
    /// The largest model file that is read, in bytes: 1 GiB. SSD512's weights take 105 MB.
    public static let maximumBytes = 1 << 30

    /// The detector in the file at `path`.
    ///
    /// The format is told by the content. A sidecar beside the file, which has its name with the extension `.json`, says what
    /// the file does not, and is believed where it says otherwise. The labels are those of the file `labels`, else of the
    /// sidecar, else those within the model file, else of `labelmap.txt` or `labels.txt` beside it, else the architecture's own,
    /// else `class 1`, `class 2`…
    ///
    /// - Parameters:
    ///   - sha256: the digest that the file must have, in lowercase hexadecimal digits; the bytes that have it are those
    ///     that are read.
    ///   - memory: the most bytes that reading may take, which is twice the file's size at least.
    /// - Throws: why the file cannot be read or used, in a sentence.
    public static func load(
        path: String, labels: String? = nil, sha256: String? = nil, memory: Int = .max
    ) throws(ModelFileError) -> DetectionModel {
        try open(path, labels: labels, sha256: sha256, memory: memory, isDraft: false).model
    }

    /// A sidecar for the model in the file at `path`, which says all of it that one can say, for people to edit; what the file
    /// does not say is guessed.
    ///
    /// - Returns: its text, and what in it is no more than a guess.
    /// - Throws: why the file cannot be read or used, in a sentence.
    public static func sidecar(
        path: String, labels: String? = nil, memory: Int = .max
    ) throws(ModelFileError) -> (text: String, guesses: [String]) {
        let (model, outputs) = try open(path, labels: labels, sha256: nil, memory: memory, isDraft: true)
        return (
            SidecarText.text(of: model, outputs: outputs),
            model.provenance.filter { $0.name == "guessed" }.map(\.value)
        )
    }

    /// Opens a model file.
    ///
    /// - Parameter isDraft: Whether default boxes are guessed that nothing says.
    /// - Returns: the detector and, where its file has several outputs and no names for them, which of these it is made of.
    private static func open(
        _ path: String, labels: String?, sha256: String?, memory: Int, isDraft: Bool
    ) throws(ModelFileError) -> (model: DetectionModel, outputs: Sidecar.Outputs?) {
        var bytes = try FileBytes.read(path, limit: maximumBytes, memory: memory)
        let digest = SHA256Digest(of: bytes).hexadecimal
        if let sha256, sha256 != digest { throw .otherDigest(path: path, found: digest, expected: sha256) }
        // A file of our own says everything.
        let own = SafetensorsFile.recognizes(bytes) ? try SafetensorsFile(bytes: bytes) : nil
        let sidecar = own.map(ModelDecoder.isModel) == true ? nil : try Sidecar(besideModelAt: path)
        var model: DetectionModel
        var hasLabels = sidecar?.labels != nil
        var outputs: Sidecar.Outputs?
        if TFLiteFile.recognizes(bytes) {
            let detector = try TFLiteDetector(TFLiteFile(bytes: bytes), sidecar: sidecar, isDraft: isDraft)
            model = try tflite(detector, path: path, digest)
            outputs = detector.outputs
        } else if TorchArchive.recognizes(bytes) {
            model = try torch(TorchArchive(bytes: bytes), TorchArchive.format, path: path, digest, sidecar)
        } else if ONNXFile.recognizes(bytes) {
            let file = try ONNXFile(bytes: bytes)
            // Of the file's bytes there is a decoded copy; a third one, as parameters, is made of that.
            bytes = []
            let isWhole: Bool
            (model, isWhole) = try onnx(file, path: path, digest, sidecar)
            hasLabels = hasLabels || isWhole
            outputs = isWhole ? nil : sidecar?.outputs
        } else if let file = own {
            if ModelDecoder.isModel(file) {
                model = try ModelDecoder.model(in: file, version: String(digest.prefix(8)))
                hasLabels = true
            } else {
                model = try torch(file, SafetensorsFile.format, path: path, digest, sidecar)
            }
        } else {
            throw .unknownFormat(path: path)
        }
        if let sidecar {
            guard sidecar.outputs == nil || outputs != nil else {
                throw sidecar.wrong("it names outputs, and the model's file says which they are")
            }
            try sidecar.apply(to: &model)
        }
        if let given = try self.labels(path: labels, beside: hasLabels ? nil : path, output: model.output) {
            model.labels = given
        }
        return (model, outputs)
    }

    /// The image classifier in the file at `path`, PyTorch's or a safetensors one of its names; nil if the file holds none
    /// that is known, and then perhaps a detector.
    ///
    /// - Parameter memory: the most bytes that reading may take, which is twice the file's size at least.
    /// - Throws: why the file cannot be read.
    public static func backbone(path: String, memory: Int = .max) throws(ModelFileError) -> TorchBackbone? {
        let bytes = try FileBytes.read(path, limit: maximumBytes, memory: memory)
        if TorchArchive.recognizes(bytes) { return TorchBackbone(try TorchArchive(bytes: bytes)) }
        if SafetensorsFile.recognizes(bytes) { return TorchBackbone(try SafetensorsFile(bytes: bytes)) }
        return nil
    }

    /// A detector as the bytes of a file of our own format, which `load` reads: equal detectors give equal bytes.
    ///
    /// - Throws: if the parts of the detector do not fit together or there is too much of it.
    public static func bytes(of model: DetectionModel) throws(ModelFileError) -> [UInt8] {
        try ModelEncoder.bytes(of: model)
    }

    /// Writes a detector to a file of our own format, as `OutputFile` does: whoever reads sees the old file or the new one.
    ///
    /// - Parameter existing: What happens to a file that is there.
    /// - Returns: the size of the file, in bytes.
    @discardableResult
    public static func write(
        _ model: DetectionModel, to path: String, existing: OutputFile.Existing = .replace
    ) throws(ModelFileError) -> Int {
        let bytes = try bytes(of: model)
        try FileBytes.write(bytes, to: path, existing: existing)
        return bytes.count
    }

    /// The detector in the bytes of a file of our own format.
    package static func safetensors(_ bytes: [UInt8]) throws(ModelFileError) -> DetectionModel {
        let digest = SHA256Digest(of: bytes).hexadecimal
        return try ModelDecoder.model(in: try SafetensorsFile(bytes: bytes), version: String(digest.prefix(8)))
    }

    // MARK: Formats

    private static func tflite(
        _ detector: TFLiteDetector, path: String, _ digest: String
    ) throws(ModelFileError) -> DetectionModel {
        let hasBackground = detector.output.backgroundIndex == 0
        let labels = try labels(detector.labels, count: detector.output.classCount, hasBackground, path: path)
        return DetectionModel(
            name: name(ofModelAt: path), version: String(digest.prefix(8)), architecture: detector.architecture,
            provenance: [("format", TFLiteFile.format), ("sha256", digest)] + detector.origins,
            network: detector.network, locations: detector.locations, scores: detector.scores,
            preprocessing: detector.preprocessing, labels: labels, defaultBoxes: detector.defaultBoxes,
            coder: detector.coder, output: detector.output)
    }

    private static func onnx(
        _ file: ONNXFile, path: String, _ digest: String, _ sidecar: Sidecar?
    ) throws(ModelFileError) -> (DetectionModel, isWhole: Bool) {
        let detector = try ONNXDetector(file, sidecar: sidecar)
        let hasBackground = detector.output.backgroundIndex == 0
        let model = DetectionModel(
            name: detector.name ?? name(ofModelAt: path), version: String(digest.prefix(8)),
            architecture: detector.architecture,
            provenance: detector.name != nil
                ? detector.provenance
                : [("format", ONNXFile.format), ("sha256", digest)] + detector.guesses.map { ("guessed", $0) },
            network: detector.network, locations: detector.locations, scores: detector.scores,
            preprocessing: detector.preprocessing,
            labels: try labels(detector.labels, count: detector.output.classCount, hasBackground, path: path),
            defaultBoxes: detector.defaultBoxes, coder: detector.coder, output: detector.output)
        // What multibox wrote is as whole as a file of its own format.
        if detector.name != nil { try ModelConsistency.check(model) }
        return (model, detector.name != nil)
    }

    /// A detector as the bytes of an ONNX file of operator set 17, for other programs: a graph whose input `image`,
    /// [1, 3, height, width], is the photo in floats, red first, 0 to 1, and whose outputs are those of `outputs`. What ONNX has
    /// no word for is in the file's metadata, so that `load` reads the same detector.
    ///
    /// - Throws: if the parts of the detector do not fit together, or a layer has no counterpart in ONNX.
    public static func onnxBytes(
        of model: DetectionModel, outputs: ONNXOutputs
    ) throws(ModelFileError) -> [UInt8] {
        try ONNXEncoder.bytes(of: model, outputs)
    }

    /// Writes a detector to an ONNX file, as `write` writes one of our own format.
    ///
    /// - Returns: the size of the file, in bytes.
    @discardableResult
    public static func writeONNX(
        _ model: DetectionModel, to path: String, outputs: ONNXOutputs, existing: OutputFile.Existing = .replace
    ) throws(ModelFileError) -> Int {
        let bytes = try onnxBytes(of: model, outputs: outputs)
        try FileBytes.write(bytes, to: path, existing: existing)
        return bytes.count
    }

    /// The names that a file has for its classes, else `class 1`, `class 2`…
    private static func labels(
        _ names: [String?]?, count: Int, _ hasBackground: Bool, path: String
    ) throws(ModelFileError) -> LabelMap {
        let names = names ?? (0..<count).map { "class \($0 + (hasBackground ? 0 : 1))" }
        do throws(LabelMapError) { return try LabelMap(names: names, hasBackground: hasBackground) } catch {
            throw .labels(path: path, reason: error.reason)
        }
    }

    private static func torch(
        _ file: any TensorFile, _ format: String, path: String, _ digest: String, _ sidecar: Sidecar?
    ) throws(ModelFileError) -> DetectionModel {
        let (name, version) = (name(ofModelAt: path), String(digest.prefix(8)))
        func provenance(_ recognised: String) -> [(name: String, value: String)] {
            [("format", format), ("sha256", digest), ("recognised", recognised + ", by its tensors' names")]
        }
        if let network = TorchNetwork.recognizing(file, inputSize: sidecar?.inputSize) {
            let hasBackground = network.output.backgroundIndex == 0
            let names = network.labels ?? LabelMap.known(classCount: network.output.classCount)?.names
            return try network.model(
                file, name: name, version: version, provenance: provenance(network.name),
                labels: labels(names, count: network.output.classCount, hasBackground, path: path))
        }
        let detector = try TorchDetector(file)
        do throws(NetworkError) {
            return try detector.configuration.model(
                name: name, version: version, provenance: provenance(detector.name), parameters: detector.parameters)
        } catch { throw .network(error) }
    }

    // MARK: Names

    /// File names that say nothing about the model; its folder's name is taken instead.
    private static let anonymousStems: Set<String> = ["detect", "model", "saved_model", "weights"]

    /// What to call the model at `path`: the file's name without its extension or, for a name that any model could have,
    /// the name of its folder. Characters that act on a terminal are written as escapes: the name goes everywhere.
    package static func name(ofModelAt path: String) -> String { rawName(ofModelAt: path).printable }

    private static func rawName(ofModelAt path: String) -> String {
        let parts = path.split(separator: "/")
        guard let file = parts.last else { return path }
        let stem = file.lastIndex(of: ".").map { $0 == file.startIndex ? file : file[..<$0] } ?? file
        guard anonymousStems.contains(stem.lowercased()), parts.count >= 2, parts[parts.count - 2] != ".",
            parts[parts.count - 2] != ".."
        else { return String(stem) }
        return String(parts[parts.count - 2])
    }

    // MARK: Labels

    /// The labels of the file that was named or lies beside the model; nil if there is none.
    private static func labels(
        path: String?, beside model: String?, output: DetectionOutputConfiguration
    ) throws(ModelFileError) -> LabelMap? {
        if let path { return try labels(at: path, output) }
        guard let model else { return nil }
        let folder = model.lastIndex(of: "/").map { String(model[...$0]) } ?? ""
        for name in ["labelmap.txt", "labels.txt"] where FileStatus(folder + name) != nil {
            return try labels(at: folder + name, output)
        }
        return nil
    }

    private static func labels(
        at path: String, _ output: DetectionOutputConfiguration
    ) throws(ModelFileError) -> LabelMap {
        let text = try FileBytes.read(path, limit: LabelMap.maximumBytes)
        do throws(LabelMapError) {
            return try LabelMap(parsing: text).aligned(
                classCount: output.classCount, backgroundIndex: output.backgroundIndex)
        } catch { throw .labels(path: path, reason: error.reason) }
    }
}
