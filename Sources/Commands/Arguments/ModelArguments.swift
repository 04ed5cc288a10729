import Platform
import ArgumentParser
import ModelFiles
import Networks

/// The options that say which detector runs and how.
struct ModelArguments: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "The model file (.safetensors, .onnx, .tflite, .pth), or built-in, which is the default.",
        completion: .modelFile)
    var model: String?

    @Option(
        help: "A file of class names, one a line; the first line ??? or background stands for the background.",
        completion: .file())
    var labels: String?

    @Option(
        name: .customLong("model-sha256"),
        help: ArgumentHelp("The SHA-256 that the model file must have, in 64 hexadecimal digits.", valueName: "digest"))
    var modelSHA256: DigestArgument?

    @OptionGroup var threads: ThreadArguments

    /// What the model is called that is part of the program.
    static let builtIn = "built-in"

    /// Whether nothing was said.
    var isUntouched: Bool { model == nil && labels == nil && modelSHA256 == nil && threads.threads == nil }

    /// The threads to use.
    var threadCount: Int { threads.count }

    /// The files that are named.
    var files: [String] { [model, labels].compactMap { $0 }.filter { $0 != Self.builtIn } }

    /// Opens the model.
    func load() throws -> DetectionModel { try Self.load(model, labels: labels, digest: modelSHA256) }

    /// Opens a model file; without one, the model that is built in.
    ///
    /// - Parameters:
    ///   - digest: the one that the file must have.
    ///   - memory: the most bytes that reading may take; without, all that this process may have.
    static func load(
        _ path: String?, labels: String?, digest: DigestArgument? = nil, memory: Int? = nil
    ) throws -> DetectionModel {
        guard let path, path != builtIn else {
            guard labels == nil else {
                throw Failure.usage("--labels goes with --model: the built-in model has its own")
            }
            guard digest == nil else { throw Failure.usage("--model-sha256 goes with --model") }
            do { return try EmbeddedModel.load() } catch {
                throw Failure("the built-in model cannot be used: \(error)")
            }
        }
        do {
            return try ModelFile.load(
                path: path, labels: labels, sha256: digest?.digits, memory: memory ?? AvailableMemory.bytes)
        } catch {
            // What is wrong inside a file is said without the file's name.
            let reason = "\(error)"
            throw Failure(reason.contains(path) || labels.map(reason.contains) == true ? reason : "\(path): \(reason)")
        }
    }
}
