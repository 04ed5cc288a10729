import Networks

/// A plain operation that has a counterpart in ONNX.
protocol ONNXWrittenOperation: PlainOperation {
    /// Adds its nodes, the last of which makes reals under the name `output`.
    func write(_ layer: Layer, base: String, output: String, to exporter: inout ONNXExporter)
}

extension PReLU: ONNXWrittenOperation {
    func write(_ layer: Layer, base: String, output: String, to exporter: inout ONNXExporter) {
        let channels = exporter.network[layer.output].shape.channels
        let slopes = exporter.parameter(parameters[0], base: base, [channels, 1, 1])
        let x = exporter.real(layer.inputs[0])
        exporter.writer.node("PRelu", [x, slopes], output: output)
    }
}

extension Resize: ONNXWrittenOperation {
    func write(_ layer: Layer, base: String, output: String, to exporter: inout ONNXExporter) {
        let channels = exporter.network[layer.output].shape.channels
        let sizes = exporter.writer.list(base + "/size", [1, channels, height, width])
        let x = exporter.real(layer.inputs[0])
        var attributes: [(String, ONNXGraphWriter.Attribute)] = [
            ("mode", .word(mode == .nearest ? "nearest" : "linear")),
            ("coordinate_transformation_mode", .word(coordinates == .halfPixel ? "half_pixel" : "asymmetric")),
        ]
        if mode == .nearest {
            // (i + ½) · scale − ½ rounded to the nearest is (i + ½) · scale rounded down.
            attributes.append(("nearest_mode", .word(coordinates == .halfPixel ? "round_prefer_ceil" : "floor")))
        }
        exporter.writer.node("Resize", [x, "", "", sizes], attributes, output: output)
    }
}

extension ELU: ONNXWrittenOperation {
    func write(_ layer: Layer, base: String, output: String, to exporter: inout ONNXExporter) {
        let x = exporter.real(layer.inputs[0])
        exporter.writer.node("Elu", [x], [("alpha", .float(alpha))], output: output)
    }
}

extension LeakyReLU: ONNXWrittenOperation {
    func write(_ layer: Layer, base: String, output: String, to exporter: inout ONNXExporter) {
        let x = exporter.real(layer.inputs[0])
        exporter.writer.node("LeakyRelu", [x], [("alpha", .float(slope))], output: output)
    }
}

extension SiLU: ONNXWrittenOperation {
    func write(_ layer: Layer, base: String, output: String, to exporter: inout ONNXExporter) {
        let x = exporter.real(layer.inputs[0])
        let sigmoid = exporter.writer.node("Sigmoid", [x], output: exporter.writer.unique(base + "/sigmoid"))
        exporter.writer.node("Mul", [x, sigmoid], output: output)
    }
}

extension ZeroInsertion: ONNXWrittenOperation {
    /// A transposed convolution of each channel with a kernel of one pixel that is 1.
    func write(_ layer: Layer, base: String, output: String, to exporter: inout ONNXExporter) {
        let channels = exporter.network[layer.output].shape.channels
        let ones = exporter.writer.constant(
            base + "/ones", [channels, 1, 1, 1], Array(repeating: 1, count: channels))
        let x = exporter.real(layer.inputs[0])
        exporter.writer.node(
            "ConvTranspose", [x, ones],
            [
                ("group", .integer(channels)), ("kernel_shape", .integers([1, 1])),
                ("strides", .integers([strideY, strideX])),
            ],
            output: output)
    }
}

extension Pad: ONNXWrittenOperation {
    func write(_ layer: Layer, base: String, output: String, to exporter: inout ONNXExporter) {
        let amounts = exporter.writer.list(base + "/amounts", [0, front, top, left, 0, back, bottom, right])
        let x = exporter.real(layer.inputs[0])
        exporter.writer.node("Pad", [x, amounts], output: output)
    }
}
