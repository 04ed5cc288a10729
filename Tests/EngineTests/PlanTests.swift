import MultiBox
import Engine
import Networks
import TestSupport
import Testing

/// The laws of a plan: it computes what its network says, on every instruction set, in any batch, on any number of
/// threads.
struct PlanTests {
    private func run(
        _ plan: Plan, _ network: Network, _ inputs: [ReferenceInterpreter.Values], threads: Int = 1
    ) -> [[ReferenceInterpreter.Values]] {
        PlanRun(plan, network).run(inputs, threads: threads)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `a float plan computes its network on every instruction set`(seed: UInt64) throws {
        var random = RandomNetwork(seed: seed)
        let network = try random.float()
        let input = random.input(of: network)
        let expected = ReferenceInterpreter(network: network).run(input)
        for instructionSet in InstructionSet.available {
            let plan = try Plan(network: network, instructionSet: instructionSet)
            let found = run(plan, network, [input])[0]
            for (expected, found) in zip(expected, found) {
                let scale = expected.reals.reduce(1) { max($0, abs($1)) }
                let error = zip(expected.reals, found.reals).reduce(0) { max($0, abs($1.0 - $1.1)) }
                #expect(error <= 1e-4 * scale, "\(instructionSet), error \(error) of \(scale)")
            }
        }
    }

    @Test(arguments: 100..<140 as Range<UInt64>)
    func `a quantized plan computes its network and is the same on every instruction set`(seed: UInt64) throws {
        var random = RandomNetwork(seed: seed)
        let network = try random.quantized()
        let input = random.input(of: network)
        let portable = run(try Plan(network: network, instructionSet: .portable), network, [input])[0]
        let expected = ReferenceInterpreter(network: network).run(input)
        for (expected, found) in zip(expected, portable) {
            let error = zip(expected.reals, found.reals).reduce(0) { max($0, abs($1.0 - $1.1)) }
            #expect(error < 1e-6, "portable is off by \(error)")
        }
        for instructionSet in InstructionSet.available {
            let found = run(try Plan(network: network, instructionSet: instructionSet), network, [input])[0]
            for (portable, found) in zip(portable, found) {
                #expect(portable.reals == found.reals, "\(instructionSet)")
            }
        }
    }

    @Test(arguments: 200..<220 as Range<UInt64>)
    func `a batch on three threads gives what each image gives alone`(seed: UInt64) throws {
        var random = RandomNetwork(seed: seed)
        let network = seed.isMultiple(of: 2) ? try random.float() : try random.quantized()
        let inputs = (0..<5).map { _ in random.input(of: network) }
        let plan = try Plan(network: network, instructionSet: .best)
        let alone = inputs.map { run(plan, network, [$0])[0] }
        for imageByImage in [nil, true, false] {
            // Four images in whole rounds leave one for all threads.
            for count in [5, 4, 2] {
                let together = PlanRun(plan, network).run(
                    Array(inputs[..<count]), threads: 3, imageByImage: imageByImage)
                for (alone, together) in zip(alone, together) {
                    #expect(alone.map(\.reals) == together.map(\.reals), "\(count)")
                }
            }
        }
    }

    @Test(arguments: [true, false])
    func `threads that come and go between layers change nothing`(imageByImage: Bool) throws {
        var random = RandomNetwork(seed: 300)
        let network = try random.float()
        let inputs = (0..<5).map { _ in random.input(of: network) }
        let plan = try Plan(network: network, instructionSet: .best)
        var turn = 0
        let together = PlanRun(plan, network).run(
            inputs, threads: 3,
            width: {
                turn += 1
                return [0, 1, 3, 2, .max][turn % 5]
            }, imageByImage: imageByImage)
        #expect(turn > 1)
        for (input, together) in zip(inputs, together) {
            #expect(run(plan, network, [input])[0].map(\.reals) == together.map(\.reals))
        }
    }

    /// Layers with enough work to divide: few pixels and many channels, then the other way round.
    @Test(arguments: [(4, 160, 1), (4, 160, 3), (9, 96, 3), (24, 40, 3)], [1, 2])
    func `a large layer gives the same on one thread and on several`(
        layer: (extent: Int, channels: Int, kernel: Int), images: Int
    ) throws {
        var generator = SeededGenerator(seed: UInt64(layer.extent))
        func floats(_ count: Int) -> [Float] { (0..<count).map { _ in .random(in: -1...1, using: &generator) } }
        var builder = NetworkBuilder(
            input: try TensorShape(height: layer.extent, width: layer.extent, channels: layer.channels),
            element: .float32)
        let taps = layer.kernel * layer.kernel
        let output = try builder.convolution(
            builder.inputTensor,
            Convolution(
                window: Window(kernel: layer.kernel, padding: layer.kernel / 2), grouping: .dense,
                outputChannels: 200, parameters: builder.floats(weights: floats(200 * taps * layer.channels), bias: []),
                activation: .relu), name: "conv")
        let network = builder.build(outputs: [output])
        let inputs = (0..<images).map { _ in
            ReferenceInterpreter.Values.floats(floats(network[network.input].shape.elementCount).map(Double.init))
        }
        for instructionSet in InstructionSet.available {
            let plan = try Plan(network: network, instructionSet: instructionSet)
            let alone = run(plan, network, inputs)
            for threads in 2...5 {
                let together = run(plan, network, inputs, threads: threads)
                for (alone, together) in zip(alone, together) {
                    #expect(alone[0].reals == together[0].reals, "\(instructionSet), \(threads) threads")
                }
            }
        }
    }

    /// Five rows of tiles on two threads leave one thread idle for a fifth of the time; eleven blocks for less.
    @Test(arguments: [(5, 11, 2, true), (10, 11, 2, false), (1, 2, 2, true), (1, 1, 2, false), (9, 1, 2, false)])
    func `a layer is divided by channels where that is more even`(
        granules: Int, blocks: Int, parts: Int, expected: Bool
    ) {
        let division = WorkDivision(pixels: 8, blocks: blocks)
        #expect(division.prefersBlocks(granules: granules, parts: parts) == expected)
    }
}
