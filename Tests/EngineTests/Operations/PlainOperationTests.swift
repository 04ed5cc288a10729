import Engine
import Networks
import TestSupport
import Testing

/// Operations that no pass looks into: their kernels against their definitions, on every instruction set.
struct PlainOperationTests {
    private static let before = ElementType.uint8(Quantization(scale: 0.05, zeroPoint: 120) ?? .unit)
    private static let after = ElementType.uint8(Quantization(scale: 0.03, zeroPoint: 90) ?? .unit)

    /// Checks that plans of one layer compute it: alone and in batches, on one thread and on several.
    ///
    /// - Parameter tolerance: of results, in steps of bytes or relative to the largest float.
    private func check(
        _ element: ElementType, _ size: (height: Int, width: Int, channels: Int), tolerance: Double,
        _ add: (inout NetworkBuilder, TensorID) throws -> TensorID
    ) throws {
        var builder = NetworkBuilder(
            input: try TensorShape(height: size.height, width: size.width, channels: size.channels), element: element)
        let output = try add(&builder, builder.inputTensor)
        let network = builder.build(outputs: [output])
        var generator = SeededGenerator(seed: UInt64(size.channels))
        let inputs = (0..<3).map { _ -> ReferenceInterpreter.Values in
            let count = network[network.input].shape.elementCount
            return element == .float32
                ? .floats((0..<count).map { _ in Double(Float.random(in: -2...2, using: &generator)) })
                : .bytes((0..<count).map { _ in .random(in: 0...255, using: &generator) })
        }
        let expected = inputs.map { ReferenceInterpreter(network: network).run($0)[0].reals }
        var first: [[Double]]?
        for instructionSet in InstructionSet.available {
            let plan = try Plan(network: network, instructionSet: instructionSet)
            let found = PlanRun(plan, network).run(inputs, threads: 3).map { $0[0].reals }
            for (expected, found) in zip(expected, found) {
                let error = zip(expected, found).reduce(0) { max($0, abs($1.0 - $1.1)) }
                #expect(expected.count == found.count && error <= tolerance, "\(instructionSet): \(error)")
            }
            if element != .float32 { #expect(first == nil || first == found, "\(instructionSet)") }
            first = first ?? found
            #expect(PlanRun(plan, network).run([inputs[1]])[0][0].reals == found[1])
        }
    }

    @Test(arguments: [(1, 1, 1), (5, 7, 3), (9, 4, 33), (6, 6, 64), (1, 2, 5000)])
    func `a rectifier with slopes`(size: (height: Int, width: Int, channels: Int)) throws {
        var generator = SeededGenerator(seed: 3)
        let slopes = (0..<size.channels).map { _ in Float.random(in: -0.5...1.5, using: &generator) }
        try check(.float32, size, tolerance: 1e-6) { try $0.prelu($1, slopes: slopes, name: "prelu") }
        try check(Self.before, size, tolerance: 0) {
            try $0.prelu($1, slopes: slopes, element: Self.after, name: "prelu")
        }
    }

    @Test(arguments: Resize.Mode.allCases, Resize.Coordinates.allCases)
    func `a map of another size`(mode: Resize.Mode, coordinates: Resize.Coordinates) throws {
        for (from, to) in [((5, 7), (10, 14)), ((5, 7), (9, 3)), ((1, 1), (4, 3)), ((8, 8), (8, 8)), ((6, 4), (1, 1))] {
            for channels in [1, 3, 24, 40] {
                let size = (height: from.0, width: from.1, channels: channels)
                func add(_ builder: inout NetworkBuilder, _ x: TensorID) throws -> TensorID {
                    try builder.resize(
                        x, height: to.0, width: to.1, mode: mode, coordinates: coordinates, name: "resize")
                }
                try check(.float32, size, tolerance: 1e-5, add)
                // Half a step of the result, and the rounding of both shares.
                try check(Self.before, size, tolerance: mode == .nearest ? 0 : 1, add)
            }
        }
    }

    @Test(arguments: [(1, 1, 1), (5, 7, 3), (9, 4, 33), (1, 2, 5000)])
    func `functions of each element`(size: (height: Int, width: Int, channels: Int)) throws {
        let operations: [any ElementwiseOperation] = [
            SiLU(), ELU(), ELU(alpha: -0.5), LeakyReLU(), LeakyReLU(slope: 1.5),
        ]
        for operation in operations {
            try check(.float32, size, tolerance: 1e-6) { try $0.elementwise($1, operation, name: "function") }
            // The reference's exponential may round the other way in the middle of two bytes.
            try check(Self.before, size, tolerance: 1) {
                try $0.elementwise($1, operation, element: Self.after, name: "function")
            }
        }
    }

    @Test(arguments: [(1, 1), (2, 2), (3, 1), (1, 4)])
    func `zeros between pixels`(strides: (y: Int, x: Int)) throws {
        let sizes: [(height: Int, width: Int, channels: Int)] = [(1, 1, 1), (5, 7, 3), (4, 3, 40)]
        for size in sizes {
            for element in [ElementType.float32, Self.before] {
                try check(element, size, tolerance: 0) {
                    try $0.zeroInsertion($1, strideY: strides.y, strideX: strides.x, name: "spread")
                }
            }
        }
    }

    @Test(arguments: [
        Pad(), Pad(back: 4), Pad(front: 3, back: 1), Pad(top: 1, bottom: 2, left: 3, right: 0), Pad(top: 9, front: 40),
    ])
    func `zeros around a map`(pad: Pad) throws {
        for size in [(1, 1, 1), (5, 7, 3), (2, 3, 24)] {
            try check(.float32, size, tolerance: 0) { try $0.pad($1, pad, name: "pad") }
            try check(Self.before, size, tolerance: 0) { try $0.pad($1, pad, name: "pad") }
        }
    }

    @Test func `every plain operation has a kernel, is told apart and refused where it cannot be`() throws {
        #expect(Set(PlainOperations.all.map { $0.kind }).count == PlainOperations.all.count)
        var builder = NetworkBuilder(input: try TensorShape(height: 4, width: 4, channels: 3), element: .float32)
        let input = builder.inputTensor
        #expect(throws: NetworkError.parameterCount(layer: "a", parameter: "slope", found: 2, expected: 3)) {
            try builder.prelu(input, slopes: [1, 2], name: "a")
        }
        #expect(throws: NetworkError.self) {
            try builder.prelu(input, slopes: [1, 2, 3], element: Self.after, name: "a")
        }
        let impossible: [any ElementwiseOperation] = [ELU(alpha: .nan), LeakyReLU(slope: .infinity)]
        for operation in impossible {
            #expect(throws: NetworkError.self) { try builder.elementwise(input, operation, name: "a") }
        }
        for stride in [0, -1, 1025, Int.max] {
            #expect(throws: NetworkError.self) {
                try builder.zeroInsertion(input, strideY: 1, strideX: stride, name: "a")
            }
        }
        for pad in [Pad(top: -1), Pad(back: 1 << 40), Pad(left: .min), Pad(top: 1 << 14, left: 1 << 14, back: 1 << 14)]
        {
            #expect(throws: NetworkError.self) { try builder.pad(input, pad, name: "a") }
        }
        for (height, width) in [(0, 4), (-1, 4), (1 << 40, 1 << 40), (1 << 14 + 1, 1)] {
            #expect(throws: NetworkError.self) {
                try builder.resize(
                    input, height: height, width: width, mode: .nearest, coordinates: .asymmetric, name: "a")
            }
        }
    }
}
