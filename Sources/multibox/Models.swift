import ArgumentParser
import Networks

/// `multibox models`: what model files hold.
struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look into model files.", subcommands: [Info.self])

    /// `multibox models info`.
    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a model file holds.")

        @Option(help: "A file of class names, one a line.")
        var labels: String?

        @Argument(help: "The model file. Default: the model that is built in.")
        var model: String?

        func run() throws {
            let model = try ModelArguments.load(model, labels: labels)
            let engine = try InferenceEngine.build(model, streams: 1, threadsPerStream: 1, maximumBatchSize: 1)
            let names = model.labels.names.compactMap { $0 }
            var rows = [
                ("name", "\(model.name), version \(model.version)"), ("architecture", model.architecture),
                (
                    "input",
                    "\(model.preprocessing.width)×\(model.preprocessing.height) pixels, "
                        + model.preprocessing.channelOrder.rawValue.uppercased()
                ),
                ("precision", engine.precision), ("layers", String(model.network.layers.count)),
                ("multiply-adds", "\((Double(model.network.multiplyAdds) / 1e6).fixed(0)) million"),
                ("default boxes", String(model.network[model.locations].shape.dimensions[0])),
                (
                    "weights",
                    "\((Double(engine.weightBytes) / 1e6).fixed(2)) MB packed for \(engine.configuration.instructionSet)"
                ),
                ("arena", "\((Double(engine.arenaBytes) / 1e6).fixed(2)) MB an image"),
                ("classes", "\(names.count): " + names.joined(separator: ", ")),
            ]
            rows += model.provenance.map { ($0.name, $0.value) }
            let width = rows.map(\.0.count).max() ?? 0
            for (name, value) in rows {
                try StandardOutput.write(name + String(repeating: " ", count: width - name.count + 2) + value + "\n")
            }
        }
    }
}
