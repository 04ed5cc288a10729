import ArgumentParser
import ModelFiles
import MultiBox
import Networks

/// The options that say what is benchmarked: a model file, or a built-in architecture with weights made by a formula.
struct BenchmarkModel: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: """
            The model: a file (.safetensors, .onnx, .tflite, .pth), a name of `multibox models list`, or built-in, which is \
            the default.
            """,
        completion: .modelFile)
    var model: String?

    @Option(help: "A built-in architecture instead of a file, with synthetic weights.")
    var architecture: SSDArchitecture?

    @Option(help: "With --architecture: classes, background counted. Default: as published.")
    var classes: Int?

    @Option(help: "With --model: a file of class names, one a line.", completion: .file())
    var labels: String?

    func validate() throws {
        switch (model, architecture) {
        case (.some, .some): throw ValidationError("--model and --architecture exclude each other.")
        case (_, nil):
            if classes != nil { throw ValidationError("--classes goes with --architecture: a model file has its own.") }
        case (nil, .some):
            if labels != nil { throw ValidationError("--labels goes with --model.") }
            let range = 2...DetectionOutputConfiguration.maximumClassCount
            if let classes, !range.contains(classes) {
                throw ValidationError("--classes is a number from 2 to \(range.upperBound).")
            }
        }
    }

    /// The detector.
    func load() throws -> DetectionModel {
        guard let architecture else { return try ModelArguments.load(model, labels: labels) }
        do {
            return try SSDConfiguration.published(architecture, classCount: classes).model(
                name: architecture.rawValue, version: "synthetic", provenance: [("weights", "synthetic")],
                parameters: SyntheticParameters())
        } catch { throw Failure("\(architecture.rawValue) cannot be built: \(error)") }
    }
}
