import Platform
import ArgumentParser
import ModelFiles
import Networks

/// The options that say which detector runs and how.
struct ModelArguments: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: """
            The model: a file (.safetensors, .onnx, .tflite, .pth), a name of `multibox models list`, or built-in, which is \
            the default.
            """,
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
    var files: [String] { [(try? ModelReference(model))?.path, labels].compactMap { $0 } }

    /// Opens the model.
    func load() throws -> DetectionModel { try Self.load(model, labels: labels, digest: modelSHA256) }

    /// Opens a model; without one, that which is built in.
    ///
    /// - Parameters:
    ///   - text: what `--model` says: see `ModelReference`.
    ///   - digest: the one that the file must have.
    ///   - memory: the most bytes that reading may take; without, all that this process may have.
    static func load(
        _ text: String?, labels: String?, digest: DigestArgument? = nil, memory: Int? = nil
    ) throws -> DetectionModel {
        switch try ModelReference(text) {
        case .builtIn:
            guard labels == nil else {
                throw Failure.usage("--labels goes with --model: the built-in model has its own")
            }
            guard digest == nil else { throw Failure.usage("--model-sha256 goes with --model") }
            guard EmbeddedModel.isThere else { throw Failure.usage("\(ModelFileError.noBuiltInModel)") }
            do { return try EmbeddedModel.load() } catch {
                throw Failure("the built-in model cannot be used: \(error)")
            }
        case .file(let path): return try load(path: path, labels: labels, digest: digest?.digits, memory: memory)
        case .cached(let entry, let path, let pinned):
            var model: DetectionModel
            do throws(Failure) {
                model = try load(path: path, labels: labels, digest: digest?.digits ?? pinned, memory: memory)
            } catch {
                guard digest == nil else { throw error }
                throw Failure("\(error.message); multibox models pull \(entry.name) looks what is wrong with it")
            }
            if let found = model.provenance.first(where: { $0.name == "sha256" })?.value,
                !found.hasPrefix(entry.digestPrefix)
            {
                throw Failure("\(path) is not \(entry.name): its SHA-256 is \(found), not \(entry.digestPrefix)…")
            }
            model.name = entry.name
            return model
        }
    }

    private static func load(
        path: String, labels: String?, digest: String?, memory: Int?
    ) throws(Failure) -> DetectionModel {
        do throws(ModelFileError) {
            return try ModelFile.load(
                path: path, labels: labels, sha256: digest, memory: memory ?? AvailableMemory.bytes)
        } catch {
            // What is wrong inside a file is said without the file's name.
            let reason = "\(error)"
            let isNamed = reason.contains(path) || labels.map { reason.contains($0) } == true
            throw Failure((isNamed ? reason : "\(path): \(reason)") + ModelReference.hint(path))
        }
    }
}
