import Platform
import Foundation
import Engine
import Networks
import TestSupport
import Testing

/// What computing in bfloat16 costs of a network's accuracy.
struct BFloat16PlanTests {
    /// The outputs of a plan for one input, one after the other.
    private func run(_ plan: Plan, _ network: Network, _ input: [Float]) throws -> [[Float]] {
        let workspace = try Workspace(plan: plan, capacity: 1, threads: 1)
        let team = ThreadTeam(size: 1)
        return input.withUnsafeBytes { bytes in
            guard let address = bytes.baseAddress else { return [] }
            workspace.setInput(address, tensor: network.input, image: 0)
            plan.run(workspace, images: 1, team: team)
            return network.outputs.map { output in
                let floats = UnsafeRawPointer(workspace.address(of: output, image: 0))
                return (0..<network[output].shape.elementCount).map {
                    floats.load(fromByteOffset: $0 * 4, as: Float.self)
                }
            }
        }
    }

    /// ‖a − b‖ / ‖a‖.
    private func relativeError(_ expected: [Float], _ found: [Float]) -> Double {
        var difference = 0.0, norm = 0.0
        for (a, b) in zip(expected, found) {
            difference += (Double(a) - Double(b)) * (Double(a) - Double(b))
            norm += Double(a) * Double(a)
        }
        return (difference / max(norm, .leastNormalMagnitude)).squareRoot()
    }

    /// Parameters as torchvision's ssdlite320 has them before training: weights from a normal distribution of deviation 0.03,
    /// no biases, batch normalizations that change nothing.
    private struct UntrainedParameters: ParameterSource {
        var generator = SeededGenerator(seed: 0)

        mutating func values(of parameter: ParameterDescription) -> [Float] {
            switch parameter.role {
            case .weight:
                (0..<parameter.count).map { _ in
                    // Box and Muller's method; 1 - u is not 0.
                    let u = Double.random(in: 0..<1, using: &generator), v = Double.random(in: 0..<1, using: &generator)
                    return Float(0.03 * (-2 * log(1 - u)).squareRoot() * cos(2 * .pi * v))
                }
            case .bias, .normalizationShift, .normalizationMean: [Float](repeating: 0, count: parameter.count)
            case .l2Scale, .normalizationScale, .normalizationVariance, .channelwise:
                [Float](repeating: 1, count: parameter.count)
            }
        }
    }

    /// The errors of both outputs with all dense convolutions in bfloat16.
    private func errors(_ architecture: SSDArchitecture, _ parameters: some ParameterSource) throws -> [Double] {
        let model = try SSDConfiguration.published(architecture, classCount: 3).model(
            name: "x", version: "0", parameters: parameters)
        let network = model.network
        var generator = SeededGenerator(seed: 7)
        let input = (0..<network[network.input].shape.elementCount).map { _ in
            Float.random(in: -1...1, using: &generator)
        }
        let single = try Plan(network: network, instructionSet: .best)
        let half = try Plan(network: network, instructionSet: .best, precision: .bf16, prefersBFloat16: true)
        #expect(single.bfloat16Convolutions == 0)
        #expect(half.bfloat16Convolutions > 20)
        return zip(try run(single, network, input), try run(half, network, input)).map(relativeError)
    }

    // ssdlite320 with parameters of the formula is no measure: each of its many layers normalizes what the one before it
    // got wrong. PyTorch's convolutions of rounded inputs and weights move its outputs by 13 to 19 hundredths too.
    @Test(.enabled(if: InstructionSet.best.hasBFloat16, "no instructions for bfloat16 here"))
    func `bfloat16 moves no output of a detector by more than a hundredth`() throws {
        for error in try errors(.ssd300VGG16, SyntheticParameters())
            + errors(.ssdlite320MobileNetV3, UntrainedParameters())
        {
            #expect(error > 1e-5 && error < 0.01, "\(error)")
        }
    }

    /// With tiles, a plan takes them for all that is dense.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func `a plan for tiles computes its network`(seed: UInt64) throws {
        var random = RandomNetwork(seed: 700 + seed)
        let network = try random.float()
        let dense = network.layers.count { layer in
            guard case .convolution(let convolution) = layer.operation else { return false }
            return convolution.grouping == .dense
        }
        guard case .floats(let values) = random.input(of: network) else {
            Issue.record("the input is not of floats")
            return
        }
        let input = values.map { Float($0) }
        let single = try Plan(network: network, instructionSet: .portable)
        let tiles = try Plan(network: network, instructionSet: .emulatedTiles, precision: .bf16)
        #expect(tiles.bfloat16Convolutions == dense)
        for (expected, found) in zip(try run(single, network, input), try run(tiles, network, input)) {
            let error = relativeError(expected, found)
            #expect(error < 0.02, "\(error)")
        }
    }

    @Test func `single precision is used where it is faster`() throws {
        var random = RandomNetwork(seed: 800)
        let network = try random.float()
        #expect(try Plan(network: network, instructionSet: .portable, precision: .bf16).bfloat16Convolutions == 0)
    }
}
