import Networks
import Platform
import TestSupport
import Testing
import Training

/// Batch normalizations whose statistics stay.
@Suite struct FixedStatisticsTests {
    /// A detector whose statistics are of all sizes, as those of dead channels are.
    private func detector() throws -> TrainableDetector {
        var detector = try TinyDetector.make()
        for id in detector.model.network.parameters.ids {
            let parameter = detector.model.network.parameters[id].description
            let (lower, upper): (Float, Float) =
                switch parameter.role {
                case .normalizationMean, .normalizationShift: (-0.5, 0.5)
                case .normalizationVariance: (0, 2)
                case .normalizationScale: (0.5, 1.5)
                default: (0, 0)
                }
            guard upper > lower else { continue }
            var values = FormulaArray.values(parameter.name, count: parameter.count, lower, upper)
            if parameter.role == .normalizationVariance { values[0] = 0 }
            detector.model.network.parameters[id].values = values
        }
        return detector
    }

    @Test func `what they do becomes part of the weights, and the network computes the same`() throws {
        let before = try detector()
        let normalizations = before.model.network.layers.compactMap { layer in
            if case .batchNormalization = layer.operation { layer.name } else { nil }
        }
        #expect(normalizations.count > 1)
        var after = before
        after.fixStatistics(of: normalizations)
        var plain = before
        plain.frozen.statistics = Set(normalizations)
        #expect(after.frozen.statistics == plain.frozen.statistics)
        let changed = zip(before.parameters, after.parameters).count { $0.values != $1.values }
        // One of them is behind no convolution.
        #expect(changed == (normalizations.count - 1) * 5)
        let outputs = try [plain, after].map { detector in
            var parameters = detector.parameters
            let interpreter = try TrainingInterpreter(network: detector.model.network, frozen: detector.frozen)
            let size = detector.model.network[detector.model.network.input].shape.elementCount
            let input = FormulaArray.values("photos", count: 2 * size, -1, 1)
            input.withUnsafeBufferPointer { interpreter.forward($0, images: 2, parameters: &parameters) }
            return (0..<2).flatMap { interpreter.withOutput($0) { $0.map { Double($0) } } }
        }
        #expect(relativeDifference(outputs[1], outputs[0]) < 1e-5)
    }
}
