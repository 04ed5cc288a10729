import Networks
import TestSupport
import Testing
import Training

/// Every layer's output against the plain reference, its gradient against the reference's finite differences.
@Suite struct GradientTests {
    /// A graph of one kind of layer between convolutions, so that gradients go through it to parameters before it.
    enum Subject: String, CaseIterable, CustomTestStringConvertible {
        case dense, pointwise, strided, stridedPointwise, stridedEven, dilated, unpadded, rectangular, manyChannels
        case depthwise, stridedDepthwise, normalizationReLU, normalizationReLU6, normalizationHardSwish, normalization
        case relu, relu6, hardSwish, ceilPooling, overlappingPooling, l2Normalization, joinedChannels, joinedRows
        case residual, twoReaders

        var testDescription: String { rawValue }

        func graph() throws -> TrainingGraph {
            let isWide = self == .manyChannels
            var b = TrainingGraphBuilder(input: try TensorShape(height: 11, width: 9, channels: 3))
            let x = try b.convolution(
                b.inputTensor, window: Window(kernel: 3, padding: 1), outputChannels: isWide ? 40 : 5, name: "first")
            var y: TrainingGraph.Tensor
            var outputs: [TrainingGraph.Tensor] = []
            func window(_ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int = 1) -> Window {
                Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
            }
            switch self {
            case .dense: y = try b.convolution(x, window: window(3, 1, 1), outputChannels: 6, name: "c")
            case .pointwise: y = try b.convolution(x, window: window(1, 1, 0), outputChannels: 7, name: "c")
            case .strided: y = try b.convolution(x, window: window(3, 2, 1), outputChannels: 6, name: "c")
            case .stridedPointwise:
                y = try b.convolution(x, window: window(1, 2, 0), outputChannels: 6, hasBias: false, name: "c")
            case .stridedEven: y = try b.convolution(x, window: window(4, 3, 2), outputChannels: 6, name: "c")
            case .dilated: y = try b.convolution(x, window: window(3, 1, 3, 3), outputChannels: 6, name: "c")
            case .unpadded: y = try b.convolution(x, window: window(3, 1, 0), outputChannels: 6, name: "c")
            case .rectangular:
                var rectangle = Window(kernelHeight: 5, kernelWidth: 2, strideY: 1, strideX: 2)
                (rectangle.paddingTop, rectangle.paddingRight) = (4, 1)
                y = try b.convolution(x, window: rectangle, outputChannels: 6, name: "c")
            case .manyChannels: y = try b.convolution(x, window: window(3, 2, 1), outputChannels: 70, name: "c")
            case .depthwise:
                y = try b.convolution(
                    x, window: window(3, 1, 1), grouping: .depthwise, outputChannels: 5, name: "c")
            case .stridedDepthwise:
                y = try b.convolution(
                    x, window: window(3, 2, 1), grouping: .depthwise, outputChannels: 5, hasBias: false, name: "c")
            case .normalization: y = try b.batchNormalization(x, name: "n")
            case .normalizationReLU: y = try b.batchNormalization(x, activation: .relu, name: "n")
            case .normalizationReLU6: y = try b.batchNormalization(x, activation: .relu6, name: "n")
            case .normalizationHardSwish: y = try b.batchNormalization(x, activation: .hardSwish, name: "n")
            case .relu: y = try b.activation(x, .relu, name: "a")
            case .relu6: y = try b.activation(x, .relu6, name: "a")
            case .hardSwish: y = try b.activation(x, .hardSwish, name: "a")
            case .ceilPooling:
                y = try b.maxPooling(x, Window(kernel: 2, stride: 2, ceilMode: true), name: "p")
            case .overlappingPooling: y = try b.maxPooling(x, window(3, 1, 1), name: "p")
            case .l2Normalization: y = try b.l2Normalization(x, name: "l")
            case .joinedChannels:
                let other = try b.convolution(x, window: window(1, 1, 0), outputChannels: 2, name: "c")
                y = try b.concatenation([x, other, x], axis: 2, name: "j")
            case .joinedRows:
                let small = try b.convolution(x, window: window(3, 2, 1), outputChannels: 10, name: "c")
                let rows = try b.reshape(x, to: TensorShape([99, 5]), name: "r")
                let smallRows = try b.reshape(small, to: TensorShape([60, 5]), name: "s")
                outputs = [try b.concatenation([rows, smallRows], axis: 0, name: "j")]
                y = small
            case .residual:
                let other = try b.convolution(x, window: window(3, 1, 1), outputChannels: 5, name: "c")
                y = try b.add(other, x, name: "s")
            case .twoReaders:
                y = try b.convolution(x, window: window(3, 1, 1), outputChannels: 5, name: "c")
                outputs = [try b.convolution(x, window: window(3, 2, 1), outputChannels: 4, name: "d"), x]
            }
            outputs.append(try b.convolution(y, window: window(1, 1, 0), outputChannels: 3, name: "last"))
            return b.build(outputs: outputs)
        }
    }

    @Test(arguments: Subject.allCases, [1, 3])
    func `outputs and gradients are the reference's`(subject: Subject, images: Int) throws {
        let graph = try subject.graph()
        let testCase = GraphCase(graph, images: images, seed: UInt64(images) + 40)
        let (outputs, gradients, _) = testCase.run()
        #expect(!outputs.isEmpty && outputs.count == testCase.referenceOutputs().count)
        for (found, expected) in zip(outputs, testCase.referenceOutputs()) {
            #expect(found.count == expected.count)
            #expect(relativeDifference(found.map(Double.init), expected) < 1e-5)
        }
        let slopes = testCase.referenceSlopes(perParameter: 6, seed: 7)
        #expect(slopes.count >= graph.parameters.count)
        let largest = slopes.reduce(1) { max($0, $1.slope.magnitude) }
        for (parameter, element, slope) in slopes {
            let found = Double(gradients[parameter][element])
            #expect(
                (found - slope).magnitude < 2e-4 * largest,
                "\(graph.parameters[parameter].name)[\(element)]: \(found), not \(slope)")
        }
    }

    @Test(arguments: Subject.allCases)
    func `results do not depend on the number of threads`(subject: Subject) throws {
        let testCase = GraphCase(try subject.graph(), images: 4, seed: 9)
        let one = testCase.run(threads: 1)
        for threads in [2, 3, 7] {
            let many = testCase.run(threads: threads)
            #expect(many.outputs == one.outputs && many.gradients == one.gradients)
            #expect(many.parameters == one.parameters)
        }
    }

    @Test func `a layer of many pixels, in several partial sums`() throws {
        var b = TrainingGraphBuilder(input: try TensorShape(height: 70, width: 64, channels: 2))
        let x = try b.convolution(b.inputTensor, window: Window(kernel: 3, padding: 1), outputChannels: 3, name: "a")
        let y = try b.convolution(x, window: Window(kernel: 3, stride: 2, padding: 1), outputChannels: 2, name: "b")
        let testCase = GraphCase(b.build(outputs: [y]), images: 2, seed: 3)
        let (_, gradients, _) = testCase.run()
        let slopes = testCase.referenceSlopes(perParameter: 3, seed: 1)
        #expect(!slopes.isEmpty)
        let largest = slopes.reduce(1) { max($0, $1.slope.magnitude) }
        for (parameter, element, slope) in slopes {
            #expect((Double(gradients[parameter][element]) - slope).magnitude < 2e-4 * largest)
        }
    }

    @Test func `running statistics approach the data's`() throws {
        var b = TrainingGraphBuilder(input: try TensorShape(height: 8, width: 8, channels: 2))
        let y = try b.batchNormalization(b.inputTensor, momentum: 0.5, name: "n")
        let graph = b.build(outputs: [y])
        var parameters = graph.initialParameters(seed: 1)
        var random = RandomStream(seed: 5)
        let input = (0..<2 * 64 * 2).map { Float($0 % 2) * 3 + random.number(in: -1...1) }
        let interpreter = TrainingInterpreter(graph: graph, threads: 1)
        for _ in 0..<30 {
            input.withUnsafeBufferPointer { interpreter.forward($0, images: 2, parameters: &parameters) }
        }
        for channel in 0..<2 {
            let column = stride(from: channel, to: input.count, by: 2).map { input[$0] }
            let mean = column.reduce(0, +) / 128
            let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 127
            #expect((parameters[2].values[channel] - mean).magnitude < 1e-5)
            #expect((parameters[3].values[channel] - variance).magnitude < 1e-5)
        }
    }
}
