import ArgumentParser
import Foundation
import ModelFiles
import Networks
import Platform

/// `multibox convert`: one file of our own format, or of ONNX, from a model of any.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Convert a model to multibox's own format or to ONNX, in its precision or another.",
        discussion: """
            OUT.safetensors is one file that holds everything: network, labels, default boxes, preprocessing and \
            post-processing.

            OUT.onnx is for other programs: a graph of operator set 17 for one photo. Its input "image" is the photo, \
            resized to the network's size, in floats [1, 3, height, width], red first, 0 to 1; mean and scale are part of \
            the graph. Its outputs are, with suppression (NMS) in the graph, "boxes" [detections, 4], "labels" \
            [detections] and "scores" [detections], best first; with --no-nms, "boxes" [1, N, 4] and "scores" [1, N, \
            classes], for each default box, of which --raw gives "locations" and "scores" as the network makes them. Boxes \
            are left, top, right, bottom, 0 to 1 of the photo's sides; a label is the class's place among the labels. \
            Labels, default boxes, coder and thresholds are in its metadata, from which multibox reads the same detector \
            again. Eight bits are written as QuantizeLinear and DequantizeLinear.

            With --precision int8, photos say which range of values each tensor needs; about a hundred are enough, of \
            the kind that the model will see. What the result finds in them is compared with what the float model finds; \
            where that is not enough, --agreement keeps the convolutions that bear bytes worst in floats.
            """)

    /// The precision of the result.
    enum TargetPrecision: String, CaseIterable, ExpressibleByArgument {
        /// The model's own.
        case auto
        /// Floats, of a quantized model too.
        case fp32
        /// Eight bits.
        case int8
    }

    @Option(help: "auto (as it is), fp32 or int8.")
    var precision: TargetPrecision = .auto

    @OptionGroup var quantization: QuantizationArguments

    @Option(help: "What to call the family of its network. Default: what the file says.")
    var architecture: String?

    @Option(
        help: "A file of class names, one a line; the first line ??? or background stands for the background.",
        completion: .file())
    var labels: String?

    @Option(help: "What to call the model. Default: what the file says, or its name.")
    var name: String?

    @Flag(exclusivity: .exclusive) var outputs: ONNXForm?

    @Flag(help: "Replace OUT if it is there.")
    var force = false

    @OptionGroup var threads: ThreadArguments

    @Argument(
        help: "The model: a file (.onnx, .tflite, .pth, .safetensors), a name of `multibox models list`, or built-in.",
        completion: .modelFile)
    var input: String

    @Argument(
        help: "The file to write, *.safetensors or *.onnx.", completion: .file(extensions: ["safetensors", "onnx"]))
    var output: String

    func validate() throws {
        guard output.hasSuffix(".safetensors") || isONNX else {
            throw ValidationError("\(output) does not end in .safetensors or .onnx, which are what is written.")
        }
        if let outputs, !isONNX {
            throw ValidationError("--\(outputs.name) is for files of ONNX, not for \(output).")
        }
        try quantization.validate(precision)
    }

    func run() throws {
        // What can be known to go wrong before any work is done.
        try PlannedOutputs.check(
            [output],
            inputs: [try ModelReference(input).path, labels].compactMap { $0 } + quantization.photoFiles(),
            force: force)
        let source = try ModelArguments.load(input, labels: labels)
        let quantized = precision == .int8 ? try quantized(source) : nil
        var model = try quantized?.model ?? converted(source)
        if let name { model.name = name }
        if let architecture { model.architecture = architecture }
        model.provenance = provenance(source, quantized)
        let size: Int
        let existing: OutputFile.Existing = force ? .replace : .keep
        do {
            size =
                isONNX
                ? try ModelFile.writeONNX(
                    model, to: output, outputs: (outputs ?? .nms).outputs, existing: existing)
                : try ModelFile.write(model, to: output, existing: existing)
        } catch { throw Failure("\(error)") }
        let before = try ModelReference(input).path.flatMap { FileStatus($0)?.size } ?? EmbeddedModel.size
        try StandardOutput.show(
            "\(input) (\(source.precision), \(megabytes(before))) → \(output) (\(model.precision), \(megabytes(size)))\n"
        )
        guard let quantized else { return }
        try StandardOutput.show(quantized.summary + "\n")
        if let advice = quantized.advice { StandardError.write(advice + "\n") }
    }

    private var isONNX: Bool { output.hasSuffix(".onnx") }

    private func converted(_ model: DetectionModel) throws -> DetectionModel {
        guard precision == .fp32, model.precision != .fp32 else { return model }
        do { return try model.inFloats() } catch { throw Failure("\(input): \(error)") }
    }

    private func quantized(_ model: DetectionModel) throws -> QuantizedModel {
        guard model.precision == .fp32 else {
            throw Failure("\(input) is int8 already; convert it as it is, or to fp32 first")
        }
        return try quantization.quantized(model, threads: threads.count)
    }

    /// Where the model comes from: what its file says of itself, told as the source's.
    private func provenance(_ source: DetectionModel, _ quantized: QuantizedModel?) -> [(name: String, value: String)] {
        let isOriginal = source.provenance.contains { $0.name == "sha256" }
        var entries: [(name: String, value: String)] =
            isOriginal ? [("source", (input as NSString).lastPathComponent)] : []
        for (name, value) in source.provenance where name != Self.converter {
            entries.append((name == "format" || name == "sha256" ? "source \(name)" : name, value))
        }
        if let quantized { entries.append(("quantization", quantization.description(of: quantized))) }
        return entries + [(Self.converter, "multibox \(Version.current)")]
    }

    /// The entry of provenance that names who wrote the file.
    private static let converter = "converted by"

    private func megabytes(_ bytes: Int) -> String { "\((Double(bytes) / 1e6).fixed(2)) MB" }
}
