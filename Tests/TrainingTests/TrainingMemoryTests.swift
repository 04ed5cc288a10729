import MultiBox
import Networks
import TestSupport
import Testing
import Training

/// What training says that it takes, and what it takes.
@Suite struct TrainingMemoryTests {
    @Test(arguments: [SSDArchitecture.smallSSD300, .ssdliteMobileNetV2Half, .ssdlite320MobileNetV3, .mobileNetV1SSD300])
    func `tensors take what was foretold`(architecture: SSDArchitecture) throws {
        let network = try SSDConfiguration.published(architecture, classCount: 3)
            .trainableModel(name: "", version: "0", parameters: SyntheticParameters()).network
        for pattern in [[], ["*.norm", "conv1*"]] {
            let frozen = FrozenLayers(pattern, of: network)
            let interpreter = try TrainingInterpreter(network: network, frozen: frozen)
            var parameters = network.trainingParameters(frozen: frozen)
            let input = [Float](repeating: 0.5, count: network[network.input].shape.elementCount)
            input.withUnsafeBufferPointer { interpreter.forward($0, images: 1, parameters: &parameters) }
            let ones = network.outputs.map { [Float](repeating: 1, count: network[$0].shape.elementCount) }
            ones[0].withUnsafeBufferPointer { locations in
                ones[1].withUnsafeBufferPointer { scores in
                    _ = interpreter.backward(outputGradients: [locations, scores], parameters: parameters)
                }
            }
            let (found, expected) = (interpreter.tensorSize, try StepMemory(network, frozen: frozen).bytesPerImage)
            #expect(abs(Double(found) / Double(expected) - 1) < 0.05, "\(found), not \(expected)")
        }
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
