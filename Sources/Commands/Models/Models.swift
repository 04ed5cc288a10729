import ArgumentParser
import MultiBox
import Engine

/// `multibox models`: which there are, and what their files hold.
struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List models, fetch them, and look into their files.",
        subcommands: [List.self, Pull.self, Info.self])

    /// `multibox models info`.
    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a model file holds.")

        @Option(help: "A file of class names, one a line.", completion: .file())
        var labels: String?

        @Argument(
            help: "The model: a file, or a name of `multibox models list`. Default: the one that is built in.",
            completion: .modelFile)
        var model: String?

        func run() throws {
            let model = try ModelArguments.load(model, labels: labels)
            // Nothing is packed: any file is looked into at once.
            let (configuration, memory) = try InferenceEngine.memory(of: model)
            let names = model.labels.names.compactMap { $0 }
            var rows = [
                ("name", "\(model.name), version \(model.version)"), ("architecture", model.architecture),
                (
                    "input",
                    "\(model.preprocessing.width)×\(model.preprocessing.height) pixels, "
                        + model.preprocessing.channelOrder.rawValue.uppercased()
                ),
                ("precision", "\(model.precision == .int8 ? .int8 : configuration.precision.ofModels)"),
                ("layers", String(model.network.layers.count)),
                ("multiply-adds", "\((Double(model.network.multiplyAdds) / 1e6).fixed(0)) million"),
                ("default boxes", String(model.network[model.locations].shape.dimensions[0])),
                (
                    "weights",
                    "\((Double(memory.weights) / 1e6).fixed(2)) MB packed for \(configuration.instructionSet)"
                ),
                ("arena", "\((Double(memory.arena) / 1e6).fixed(2)) MB an image"),
                ("classes", "\(names.count): " + names.joined(separator: ", ")),
            ]
            rows += model.provenance.map { ($0.name.printable, $0.value) }
            let width = rows.map(\.0.count).max() ?? 0
            for (name, value) in rows {
                try StandardOutput.show(
                    name + String(repeating: " ", count: width - name.count + 2) + value.printable + "\n")
            }
        }
    }
}
