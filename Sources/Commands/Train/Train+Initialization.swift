import ModelFiles
import Networks
import Platform
import Training

/// What a run begins with.
extension Train {
    /// The detector with what it takes of a model, a run or a classifier, which is told.
    func detector(
        _ detector: TrainableDetector, beginningWith path: String, _ settings: TrainingSettings
    ) throws -> TrainableDetector {
        let start = try initialization(of: detector, from: path)
        guard !start.taken.isEmpty else {
            throw Failure("\(path) has no layer with the name and shape of one of \(settings.architecture)")
        }
        var line = "begins with \(start.taken.count) of \(start.convolutions) layers of \(path)"
        if !start.partial.isEmpty {
            let heads = start.partial.count
            line += ", and with rows of \(heads) \(heads == 1 ? "head" : "heads")"
            if !start.classes.isEmpty {
                line += ", for the background and \(start.classes.joined(separator: ", "))"
            }
        }
        StandardError.write(line + "\n")
        var result = start.detector
        if settings.initializedRate != 1 {
            for layer in start.taken.flatMap({ [$0, $0 + ".norm"] }) {
                result.rateFactors[layer] = settings.initializedRate
            }
        }
        if settings.fixedStatistics { result.fixStatistics(of: start.normalizations) }
        return result
    }

    private func initialization(
        of detector: TrainableDetector, from path: String
    ) throws -> TrainableDetector.Initialization {
        // A run's folder may have the name of a model.
        guard case .file = try ModelReference(path, folderCounts: true) else {
            return try detector.initialized(from: try ModelArguments.load(path, labels: nil))
        }
        let run = RunDirectory(path: path)
        if let state = try run.checkpoint() {
            var start = detector.initialized(from: state, of: try run.settings()?.detectorWithoutWeights())
            // How it saw a photo is in the detectors that it left.
            if let best = try? ModelFile.load(path: run.bestPath, memory: AvailableMemory.bytes) {
                start.takePreprocessing(best.preprocessing)
            }
            return start
        }
        let backbone: TorchBackbone?
        do { backbone = try ModelFile.backbone(path: path, memory: AvailableMemory.bytes) } catch {
            throw Failure("\(path): \(error)")
        }
        guard let backbone else { return try detector.initialized(from: try ModelArguments.load(path, labels: nil)) }
        guard backbone.architectures.map(\.rawValue).contains(detector.model.architecture) else {
            throw Failure(
                "\(path) is \(backbone.name), with which \(backbone.architectures.map(\.rawValue).joined(separator: " or ")) "
                    + "begins, not \(detector.model.architecture)")
        }
        let size = detector.model.preprocessing
        do {
            return try detector.initialized(
                fromBackbone: backbone.parameters,
                preprocessing: backbone.preprocessing(width: size.width, height: size.height))
        } catch { throw Failure("\(path): \(error)") }
    }
}
