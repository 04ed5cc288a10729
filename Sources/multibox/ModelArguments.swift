import ArgumentParser
import ModelFiles
import Networks

/// The options that say which detector runs and how.
struct ModelArguments: ParsableArguments {
    @Option(name: .shortAndLong, help: "The model file (.tflite).")
    var model: String

    @Option(help: "A file of class names, one a line; the first line ??? or background stands for the background.")
    var labels: String?

    @Option(help: "Threads. Default: the processors this process may use.")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads is a number from 1 to 1024.") }
    }

    /// The threads to use.
    var threadCount: Int { threads ?? AvailableProcessors.count }

    /// Opens the model.
    func load() throws -> DetectionModel { try Self.load(model, labels: labels) }

    /// Opens a model file.
    static func load(_ path: String, labels: String?) throws -> DetectionModel {
        do { return try ModelFile.load(path: path, labels: labels) } catch {
            // What is wrong inside a file is said without the file's name.
            let reason = "\(error)"
            throw Failure(reason.contains(path) || labels.map(reason.contains) == true ? reason : "\(path): \(reason)")
        }
    }
}
