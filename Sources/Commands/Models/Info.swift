import ArgumentParser
import Engine
import ModelFiles
import MultiBox
import Networks
import Platform

extension Models {
    /// `multibox models info`.
    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a model file holds.",
            discussion: """
                What is shown was read in the file unless it says recognised (the file's shapes or names are those of a \
                published detector), sidecar (a file beside it says so) or guessed.

                A sidecar has the model's name with the extension .json and says what the model's file does not: labels, \
                preprocessing, outputs, default_boxes, box_coder, detection_output. --sidecar writes one that says all \
                that is known, to edit; what it leaves out stays as it was.
                """)

        @Option(help: "A file of class names, one a line.", completion: .file())
        var labels: String?

        @Flag(help: "Write a sidecar for the model instead, to edit.")
        var sidecar = false

        @Option(name: .shortAndLong, help: "The file that --sidecar writes. Default: standard output.")
        var output: String?

        @Flag(help: "Replace the file if it is there.")
        var force = false

        @Argument(
            help: "The model: a file, or a name of `multibox models list`. Default: the one that is built in.",
            completion: .modelFile)
        var model: String?

        func validate() throws {
            guard sidecar || (output == nil && !force) else {
                throw ValidationError("--output and --force go with --sidecar.")
            }
            guard !sidecar || (model != nil && model != ModelArguments.builtIn) else {
                throw ValidationError("--sidecar needs a model file.")
            }
        }

        func run() throws {
            if sidecar, let model { return try writeSidecar(of: try ModelReference(model).path ?? model) }
            try show(try ModelArguments.load(model, labels: labels))
        }

        private func writeSidecar(of path: String) throws {
            if let output {
                try PlannedOutputs.check([output], inputs: [path] + [labels].compactMap { $0 }, force: force)
            }
            let (text, guesses): (String, [String])
            do {
                (text, guesses) = try ModelFile.sidecar(path: path, labels: labels, memory: AvailableMemory.bytes)
            } catch { throw Failure("\(path): \(error)") }
            if let output {
                do {
                    try OutputFile.write(Array(text.utf8), to: output, existing: force ? .replace : .keep)
                } catch { throw Failure("\(error)") }
            } else {
                try StandardOutput.write(text)
            }
            for guess in guesses { StandardError.write("guessed: \(guess.printable)\n") }
        }

        private func show(_ model: DetectionModel) throws {
            // Nothing is packed: any file is looked into at once.
            let (configuration, memory) = try InferenceEngine.memory(of: model)
            let names = model.labels.names.compactMap { $0 }
            var rows = [
                ("name", "\(model.name), version \(model.version)"), ("architecture", model.architecture),
                (
                    "input",
                    "\(model.preprocessing.width)×\(model.preprocessing.height) pixels, "
                        + model.preprocessing.channelOrder.rawValue.uppercased() + normalization(model.preprocessing)
                ),
                ("precision", "\(model.precision == .int8 ? .int8 : configuration.precision.ofModels)"),
                ("layers", String(model.network.layers.count)),
                ("multiply-adds", "\((Double(model.network.multiplyAdds) / 1e6).fixed(0)) million"),
                ("default boxes", String(model.network[model.locations].shape.dimensions[0])),
                ("scores", scores(model.output)), ("suppression", suppression(model.output)),
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

        private func normalization(_ preprocessing: Preprocessing) -> String {
            let interpolation = preprocessing.interpolation == .antialiased ? "antialiased" : nil
            guard case .affine(let scale, let bias) = preprocessing.normalization else {
                return [", bytes", interpolation].compactMap(\.self).joined(separator: ", ")
            }
            func list(_ values: [Float]) -> String {
                let texts = values.map { Double($0).fixed(6) }
                return Set(texts).count == 1 ? texts[0] : "(" + texts.joined(separator: ", ") + ")"
            }
            return ", byte × \(list(scale)) + \(list(bias)), "
                + (interpolation ?? "interpolated in \(preprocessing.interpolation.rawValue)")
        }

        private func scores(_ output: DetectionOutputConfiguration) -> String {
            let activation =
                switch output.activation {
                case .softmax: "a softmax of the outputs"
                case .sigmoid: "a sigmoid of the outputs"
                case .identity: "the outputs as they are"
                }
            return activation + ", "
                + (output.backgroundIndex.map { "class \($0) is the background" } ?? "no background")
        }

        private func suppression(_ output: DetectionOutputConfiguration) -> String {
            let overlap = "overlap above \(Double(output.iouThreshold).fixed(2))"
            switch output.suppression {
            case .perClass: return overlap + ", class by class, scores from \(Double(output.scoreThreshold).fixed(3))"
            case .bestClass: return overlap + ", all classes, scores from \(Double(output.scoreThreshold).fixed(3))"
            }
        }
    }
}
