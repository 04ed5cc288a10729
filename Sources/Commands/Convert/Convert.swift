import ArgumentParser
import Foundation
import ModelFiles
import Networks
import Platform

/// `multibox convert`: one file of our own format from a model of any.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Convert a model to multibox's own format, in its precision or another.",
        discussion: """
            The result is one .safetensors file that holds everything: network, labels, default boxes, preprocessing and \
            post-processing.

            With --precision int8, photos say which range of values each tensor needs; about a hundred are enough, of \
            the kind that the model will see. What the result finds in them is compared with what the float model finds.
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

    @Flag(help: "Replace OUT if it is there.")
    var force = false

    @OptionGroup var threads: ThreadArguments

    @Argument(
        help: "The model file (.onnx, .tflite, .pth, .safetensors), or built-in.", completion: .modelFile)
    var input: String

    @Argument(help: "The file to write, *.safetensors.", completion: .file(extensions: ["safetensors"]))
    var output: String

    func validate() throws {
        guard output.hasSuffix(".safetensors") else {
            throw ValidationError("\(output) does not end in .safetensors, which is what is written.")
        }
        try quantization.validate(precision)
    }

    func run() throws {
        // What can be known to go wrong before any work is done.
        try PlannedOutputs.check(
            [output],
            inputs: (input == ModelArguments.builtIn ? [] : [input]) + [labels].compactMap { $0 }
                + quantization.photoFiles(), force: force)
        let source = try ModelArguments.load(input, labels: labels)
        let quantized = precision == .int8 ? try quantized(source) : nil
        var model = try quantized?.model ?? converted(source)
        if let name { model.name = name }
        if let architecture { model.architecture = architecture }
        model.provenance = provenance(source, quantized)
        let size: Int
        do { size = try ModelFile.write(model, to: output, existing: force ? .replace : .keep) } catch {
            throw Failure("\(error)")
        }
        let before = FileStatus(input)?.size ?? EmbeddedModel.size
        try StandardOutput.show(
            "\(input) (\(source.precision), \(megabytes(before))) → \(output) (\(model.precision), \(megabytes(size)))\n"
        )
        if let quantized { try StandardOutput.write(quantized.summary + "\n") }
    }

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
