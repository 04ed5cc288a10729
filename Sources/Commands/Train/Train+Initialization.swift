import Training

/// What a run begins with.
extension Train {
    /// The detector with what it takes of a model, a run or a classifier, which is told.
    func detector(
        _ detector: TrainableDetector, beginningWith origin: TrainingOrigin, called path: String,
        _ settings: TrainingSettings
    ) throws -> TrainableDetector {
        let start = try origin.initialization(of: detector, from: path)
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
}
