import Engine
import MultiBox
import Networks
import Quantization
import TestSupport
import Testing

/// Which convolutions bear bytes badly is what one sees when each is tried by itself.
struct SensitivityTests {
    private let model: DetectionModel
    private let quantizer: ModelQuantizer
    private let samples: [InferenceInput]

    init() throws {
        model = try QuantizableModel.make(
            normalization: .affine(scale: [1 / 58, 1 / 57, 1 / 57], bias: [-123 / 58, -117 / 57, -104 / 57]))
        quantizer = try ModelQuantizer(model, threads: 2)
        var samples: [InferenceInput] = []
        for number in 0..<8 {
            let input = quantizer.makeInput()
            QuantizableModel.fill(input, QuantizableModel.photo(number), model.preprocessing)
            quantizer.observe(input)
            if number % 2 == 0 { samples.append(input) }
        }
        self.samples = samples
    }

    private var convolutions: [String] {
        model.network.layers.compactMap { layer in
            if case .convolution = layer.operation { layer.name } else { nil }
        }
    }

    /// What the outputs are off by, as a share of what they are, of photos that the measure has not seen too.
    private func noise(_ candidate: DetectionModel, photos: some Sequence<Int>) throws -> Double {
        func share(_ found: [Float], _ expected: [Float]) -> Double {
            let difference = zip(found, expected).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
            return difference / expected.reduce(0.0) { $0 + Double($1) * Double($1) }
        }
        let noises = try photos.map { number in
            let photo = QuantizableModel.photo(number)
            let expected = try QuantizableModel.rawOutputs(model, photo)
            let found = try QuantizableModel.rawOutputs(candidate, photo)
            return share(found.locations, expected.locations) + share(found.scores, expected.scores)
        }
        return noises.reduce(0, +) / Double(noises.count)
    }

    @Test func `each convolution is measured by itself, the one that reads the photo too`() throws {
        var told: [Int] = []
        let found = try quantizer.sensitivities(
            on: samples, range: .minmax,
            progress: { done, total in
                #expect(total == convolutions.count)
                told.append(done)
            })
        #expect(told == Array(1...convolutions.count))
        #expect(Set(found.map(\.layer)) == Set(convolutions) && found.count == convolutions.count)
        #expect(found.map(\.noise) == found.map(\.noise).sorted(by: >))
        #expect(abs(found.reduce(0) { $0 + $1.cost } - 1) < 1e-9)
        for layer in found {
            let alone = try quantizer.quantized(range: .minmax) { $0 != layer.layer }
            let expected = try noise(alone, photos: [0, 2, 4, 6])
            #expect(expected > 0 && abs(layer.noise / expected - 1) < 0.02, "\(layer), \(expected)")
        }
        // The stem's input is the photo's bytes.
        let stem = try quantizer.quantized(range: .minmax) { $0 != "stem" }
        #expect(stem.preprocessing.normalization == .bytes)
    }

    @Test func `keeping the worst in floats helps more than keeping the best`() throws {
        let order = try quantizer.sensitivities(on: samples, range: .percentile).map(\.layer)
        func noise(keeping layers: some Sequence<String>) throws -> Double {
            let kept = Set(layers)
            return try self.noise(quantizer.quantized { kept.contains($0) }, photos: 20..<26)
        }
        let (none, worst, best) = (
            try noise(keeping: []), try noise(keeping: order.prefix(3)), try noise(keeping: order.suffix(3))
        )
        #expect(worst < 0.8 * none && worst < 0.8 * best, "\(none), \(worst), \(best)")
    }

    @Test func `what stays float by wish is not measured`() throws {
        let found = try quantizer.sensitivities(on: samples, range: .minmax, staysFloat: { $0.hasPrefix("loc") })
        #expect(found.count == convolutions.count - 2 && !found.contains { $0.layer.hasPrefix("loc") })
        let costs = quantizer.convolutionCosts
        #expect(costs.map(\.layer) == convolutions)
    }
}
