import MultiBox
import Engine
import Networks

/// A small float detector with what post-training quantization must get right: padding on a normalised photo, curves after
/// convolutions, squeeze-and-excitation, a sum, pooling, L2 normalization, heads of two maps.
///
/// It is not the one that training's tests train: that one has batch normalization and little beside it, so that it learns in
/// seconds, and what it lacks is what this one is for.
package enum QuantizableModel {
    /// - Parameters:
    ///   - isWide: whether it has two layers more that Winograd's method makes faster.
    ///   - hasCurves: whether activations are such that bytes cannot be clamped to them.
    package static func make(
        normalization: Preprocessing.Normalization, isWide: Bool = false, hasCurves: Bool = true
    ) throws -> DetectionModel {
        var random = SeededGenerator(seed: 5)
        func floats(_ count: Int, _ magnitude: Float) -> [Float] {
            (0..<count).map { _ in Float.random(in: -magnitude...magnitude, using: &random) }
        }
        var builder = NetworkBuilder(input: try TensorShape(height: 24, width: 24, channels: 3), element: .float32)
        func convolution(
            _ builder: inout NetworkBuilder, _ x: TensorID, _ channels: Int, kernel: Int = 3, stride: Int = 1,
            _ activation: Activation, _ name: String, depthwise: Bool = false
        ) throws -> TensorID {
            let terms = kernel * kernel * (depthwise ? 1 : builder[x].shape.channels)
            let convolution = Convolution(
                window: Window(kernel: kernel, stride: stride, padding: kernel / 2),
                grouping: depthwise ? .depthwise : .dense, outputChannels: channels,
                parameters: builder.floats(
                    weights: floats(terms * channels, (4.5 / Float(terms)).squareRoot()), bias: floats(channels, 0.3)),
                activation: activation)
            return try builder.convolution(x, convolution, name: name)
        }
        var x = try convolution(&builder, builder.inputTensor, 16, stride: 2, hasCurves ? .hardSwish : .relu, "stem")
        let expanded = try convolution(&builder, x, 32, kernel: 1, .relu6, "expand")
        var y = try convolution(&builder, expanded, 32, .relu, "depthwise", depthwise: true)
        let whole = Window(kernelHeight: 12, kernelWidth: 12, strideY: 1, strideX: 1)
        let squeezed = try builder.averagePooling(y, whole, name: "squeeze")
        let gate = try convolution(&builder, squeezed, 32, kernel: 1, hasCurves ? .hardSigmoid : .relu6, "excite")
        y = try builder.scaleChannels(y, by: gate, name: "scale")
        y = try convolution(&builder, y, 16, kernel: 1, .none, "project")
        x = try builder.add(x, y, name: "sum")
        if isWide {
            for (number, channels) in [64, 64, 64, 16].enumerated() {
                x = try convolution(&builder, x, channels, .relu, "wide.\(number)")
            }
        }
        let small = try builder.maxPooling(x, Window(kernel: 2, stride: 2), name: "pool")
        let normalized = try builder.l2Normalization(
            x, scale: [Float](repeating: 4, count: 16), epsilon: 1e-10, name: "norm")
        var rows: [[TensorID]] = [[], []]
        for (map, source) in [normalized, small].enumerated() {
            for (kind, columns) in [4, 3].enumerated() {
                let head = try convolution(&builder, source, columns, .none, ["loc", "conf"][kind] + ".\(map)")
                let shape = try TensorShape([builder[head].shape.pixels, columns])
                rows[kind].append(try builder.reshape(head, to: shape, name: "rows"))
            }
        }
        let locations = try builder.concatenation(rows[0], axis: 0, name: "locations")
        let scores = try builder.concatenation(rows[1], axis: 0, name: "scores")
        let maps = [12, 6].map { DefaultBoxConfiguration.SourceMap(size: $0, minimumSizes: [6]) }
        return DetectionModel(
            name: "small", version: "0", architecture: "test", network: builder.build(outputs: [locations, scores]),
            locations: locations, scores: scores,
            preprocessing: Preprocessing(width: 24, height: 24, channelOrder: .rgb, normalization: normalization),
            labels: try LabelMap(names: [nil, "a", "b"], hasBackground: true),
            defaultBoxes: .generated(DefaultBoxConfiguration(imageWidth: 24, imageHeight: 24, maps: maps)), coder: .ssd,
            output: DetectionOutputConfiguration(classCount: 3))
    }

    /// The bytes of a photo, smooth enough to be one.
    package static func photo(_ number: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(number) + 100)
        let level = Int.random(in: 40...160, using: &random)
        return (0..<24 * 24 * 3).map { index in
            let (pixel, channel) = (index / 3, index % 3)
            let wave = (pixel % 24 * (channel + 2) + pixel / 24 * 3 * number) % 80
            return UInt8(level + wave + Int.random(in: 0...12, using: &random))
        }
    }

    /// Writes a photo as the model wants it.
    package static func fill(_ input: InferenceInput, _ photo: [UInt8], _ preprocessing: Preprocessing) {
        input.withUnsafeMutableBytes { bytes in
            switch preprocessing.normalization {
            case .bytes: bytes.copyBytes(from: photo)
            case .affine(let scale, let bias):
                let values = photo.enumerated().map { Float($1) * scale[$0 % 3] + bias[$0 % 3] }
                values.withUnsafeBytes { bytes.copyMemory(from: $0) }
            }
        }
    }

    package static func rawOutputs(_ model: DetectionModel, _ photo: [UInt8], _ set: InstructionSet = .best) throws
        -> RawOutputs
    {
        let engine = try InferenceEngine(model: model, configuration: EngineConfiguration(instructionSet: set))
        let input = engine.makeInput()
        fill(input, photo, model.preprocessing)
        return engine.rawOutputs([input])[0]
    }
}
