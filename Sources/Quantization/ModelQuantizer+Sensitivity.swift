import Engine
import Networks

/// Which convolutions bear bytes badly (partial quantization: Wu et al., arXiv 2004.09602, section 5.1).
extension ModelQuantizer {
    /// Measures each convolution by itself: all others stay in floats.
    ///
    /// - Parameters:
    ///   - inputs: photos to measure with, prepared for the float detector.
    ///   - range: how ranges are chosen.
    ///   - winograd: see `quantized`.
    ///   - staysFloat: convolutions that stay in floats anyhow, which are not measured.
    ///   - progress: is told how many of how many are measured.
    /// - Returns: the convolutions, the one that loses most first, of equals the one nearer to the photo.
    public func sensitivities(
        on inputs: [InferenceInput], range: CalibrationRange, winograd: Bool = false,
        staysFloat: (String) -> Bool = { _ in false }, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(EngineError) -> [LayerSensitivity] {
        precondition(!inputs.isEmpty, "there is something to measure with")
        let costs = convolutionCosts
        let layers = costs.map(\.layer).filter { !staysFloat($0) }
        let expected = try outputs(of: model, inputs)
        var result: [LayerSensitivity] = []
        for layer in layers {
            let candidate: DetectionModel
            do throws(NetworkError) {
                candidate = try quantized(range: range, winograd: winograd) { $0 != layer }
            } catch { throw .network(error) }
            let found = try outputs(of: candidate, inputs)
            let noise = zip(found, expected).reduce(0.0) { sum, pair in
                sum + Self.noise(pair.0.locations, pair.1.locations) + Self.noise(pair.0.scores, pair.1.scores)
            }
            let cost = costs.first { $0.layer == layer }?.share ?? 0
            result.append(LayerSensitivity(layer: layer, noise: noise / Double(inputs.count), cost: cost))
            progress(result.count, layers.count)
        }
        return result.enumerated().sorted { a, b in
            a.element.noise == b.element.noise ? a.offset < b.offset : a.element.noise > b.element.noise
        }.map(\.element)
    }

    /// The convolutions by name, in their order, each with its share of the network's multiply-adds, 0...1.
    public var convolutionCosts: [(layer: String, share: Double)] {
        let total = Double(max(1, model.network.multiplyAdds))
        var result: [(layer: String, share: Double)] = []
        for layer in model.network.layers {
            guard case .convolution = layer.operation else { continue }
            let share = Double(model.network.multiplyAdds(of: layer)) / total
            if let index = result.firstIndex(where: { $0.layer == layer.name }) {
                result[index].share += share
            } else {
                result.append((layer.name, share))
            }
        }
        return result
    }

    /// What a detector makes of photos.
    private func outputs(of candidate: DetectionModel, _ inputs: [InferenceInput]) throws(EngineError) -> [RawOutputs] {
        let engine = try InferenceEngine(
            model: candidate,
            configuration: EngineConfiguration(
                instructionSet: instructionSet, threadsPerStream: threads, maximumBatchSize: 1))
        return inputs.map { input in
            let own = engine.makeInput()
            fill(own, with: input, candidate.preprocessing.normalization)
            return engine.rawOutputs([own])[0]
        }
    }

    /// Takes over a photo, which a detector of bytes wants as it was before it was normalised.
    private func fill(
        _ target: InferenceInput, with photo: InferenceInput, _ normalization: Preprocessing.Normalization
    ) {
        photo.withUnsafeMutableBytes { source in
            target.withUnsafeMutableBytes { target in
                guard normalization == .bytes, case .affine(let scale, let bias) = model.preprocessing.normalization
                else {
                    target.copyMemory(from: UnsafeRawBufferPointer(source))
                    return
                }
                let values = source.assumingMemoryBound(to: Float.self)
                for index in target.indices {
                    let byte = ((values[index] - bias[index % 3]) / scale[index % 3]).rounded()
                    target[index] = UInt8(min(max(byte, 0), 255))
                }
            }
        }
    }

    /// The mean square of the differences over that of the values.
    private static func noise(_ found: [Float], _ expected: [Float]) -> Double {
        var (difference, power) = (0.0, 0.0)
        for (found, expected) in zip(found, expected) {
            difference += Double(found - expected) * Double(found - expected)
            power += Double(expected) * Double(expected)
        }
        guard difference.isFinite else { return .infinity }
        return difference == 0 ? 0 : difference / max(power, .leastNormalMagnitude)
    }
}
