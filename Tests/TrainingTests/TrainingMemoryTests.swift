import MultiBox
import Networks
import TestSupport
import Testing
import Training

/// What training says that it takes, and what it takes.
@Suite struct TrainingMemoryTests {
    @Test(arguments: SSDArchitecture.allCases, Freezing.allCases)
    func `tensors take what was foretold`(architecture: SSDArchitecture, freezing: Freezing) throws {
        let network = try network(architecture)
        let frozen = freezing.layers(of: network)
        let run = try run(network, frozen: frozen, largeElements: 1 << 20)
        #expect(try run.bytesPerImage == StepMemory(network, frozen: frozen).bytesPerImage)
        #expect(run.gradients.contains { !$0.isEmpty })
    }

    @Test(arguments: [false, true])
    func `what is made again on the way back is what it was`(simulatesBytes: Bool) throws {
        let network = try network(.ssdliteMobileNetV2Half)
        let kept = try run(network, largeElements: .max, simulatesBytes: simulatesBytes)
        let repeated = try run(network, largeElements: 1, simulatesBytes: simulatesBytes)
        #expect(repeated.gradients == kept.gradients)
        #expect(Double(repeated.bytesPerImage) < 0.75 * Double(kept.bytesPerImage))
    }

    /// What is not trained.
    enum Freezing: CaseIterable {
        case nothing, statisticsAndBeginning, heads, allButHeads

        func layers(of network: Network) -> FrozenLayers {
            let heads = ["loc*", "conf*"]
            switch self {
            case .nothing: return .none
            case .statisticsAndBeginning: return FrozenLayers(["*.norm", "conv1*"], of: network)
            case .heads: return FrozenLayers(heads, of: network)
            case .allButHeads:
                let trained = FrozenLayers(heads, of: network).parameters
                let all = FrozenLayers(["*"], of: network).parameters
                return FrozenLayers(all.subtracting(trained).sorted(), of: network)
            }
        }
    }

    private func network(_ architecture: SSDArchitecture) throws -> Network {
        try SSDConfiguration.published(architecture, classCount: 3)
            .trainableModel(name: "", version: "0", parameters: SyntheticParameters()).network
    }

    /// A step with one image.
    private func run(
        _ network: Network, frozen: FrozenLayers = .none, largeElements: Int, simulatesBytes: Bool = false
    ) throws -> (gradients: [[Float]], bytesPerImage: Int) {
        let interpreter = try TrainingInterpreter(network: network, frozen: frozen, largeElements: largeElements)
        interpreter.simulatesBytes = simulatesBytes
        var parameters = network.trainingParameters(frozen: frozen)
        let input = FormulaArray.values("photo", count: network[network.input].shape.elementCount, -1, 1)
        input.withUnsafeBufferPointer { interpreter.forward($0, images: 1, parameters: &parameters) }
        let slopes = network.outputs.map {
            FormulaArray.values("slopes", count: network[$0].shape.elementCount, -1, 1)
        }
        let gradients = slopes[0].withUnsafeBufferPointer { locations in
            slopes[1].withUnsafeBufferPointer { scores in
                interpreter.backward(outputGradients: [locations, scores], parameters: parameters)
            }
        }
        return (gradients, interpreter.tensorBytesPerImage)
    }

    @Test func `parts of a batch take a part of the memory`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        let detector = try TinyDetector.make()
        var configuration = TinyDetector.configuration()
        let whole = try TrainingMemory(detector, on: dataset, configuration)
        configuration.accumulation = 4
        let part = try TrainingMemory(detector, on: dataset, configuration)
        #expect(whole.tensors == 4 * part.tensors && part.photos == whole.photos && part.total < whole.total)
        // Ten photos of 48 × 40 pixels, and two batches of four inputs.
        #expect(whole.photos == 10 * 48 * 40 * 3 + 2 * 4 * 32 * 32 * 3 * 4)
    }
}
