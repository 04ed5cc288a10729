extension NetworkBuilder {
    /// Takes the parameters of a float convolution in, which is added next: `convolution` proves their counts and gives them
    /// their names and shapes.
    ///
    /// - Parameters:
    ///   - weights: OHWI or, of a depthwise convolution, HWC.
    ///   - bias: One an output channel; empty for none.
    public mutating func floats(weights: [Float], bias: [Float] = []) -> Convolution.Parameters {
        .float32(
            weights: add(weights, .weight, shape: [weights.count], layer: ""),
            bias: bias.isEmpty ? nil : add(bias, .bias, shape: [bias.count], layer: ""))
    }

    /// Adds a convolution of `x`, a feature map. A quantized convolution needs `element`, the quantization of what it
    /// makes.
    public mutating func convolution(
        _ x: TensorID, _ convolution: Convolution, element: ElementType = .float32, name: String
    ) throws(NetworkError) -> TensorID {
        let shape = try featureMap(x, layer: name)
        let output = try windowed(
            shape, convolution.window, channels: convolution.outputChannels, layer: name)
        let taps = convolution.window.kernelHeight * convolution.window.kernelWidth
        var weightCount = taps * convolution.outputChannels
        switch convolution.grouping {
        case .dense:
            let (product, overflow) = weightCount.multipliedReportingOverflow(by: shape.channels)
            guard !overflow else {
                throw .invalidParameter(layer: name, parameter: "weights", reason: "are too many")
            }
            weightCount = product
        case .depthwise:
            guard convolution.outputChannels == shape.channels else {
                throw .unexpectedShape(
                    layer: name, found: shape.description, expected: "\(convolution.outputChannels) channels")
            }
        }
        try checkParameters(
            convolution, weightCount: weightCount, input: self[x].element, output: element, layer: name)
        if case .float32(let weights, let bias) = convolution.parameters {
            let weightShape = convolution.weightShape(inputChannels: shape.channels)
            describe(weights, ParameterDescription(layer: name, role: .weight, shape: weightShape))
            if let bias {
                describe(bias, ParameterDescription(layer: name, role: .bias, shape: [convolution.outputChannels]))
            }
        }
        return try append(.convolution(convolution), [x], Tensor(shape: output, element: element), name)
    }

    // MARK: Checks

    private func checkParameters(
        _ convolution: Convolution, weightCount: Int, input: ElementType, output: ElementType, layer: String
    ) throws(NetworkError) {
        let channels = convolution.outputChannels
        func check(_ parameter: String, _ found: Int, _ expected: Int, optional: Bool = false) throws(NetworkError) {
            guard found == expected || (optional && found == 0) else {
                throw .parameterCount(layer: layer, parameter: parameter, found: found, expected: expected)
            }
        }
        switch convolution.parameters {
        case .float32(let weights, let bias):
            precondition(parameters.contains(weights) && bias.map(parameters.contains) ?? true, "of this builder")
            guard input == .float32, output == .float32 else {
                throw .elementType(layer: layer, reason: "float weights need float input and output")
            }
            guard convolution.winograd == nil else {
                throw .invalidParameter(layer: layer, parameter: "Winograd factors", reason: "are for int8 weights")
            }
            try check("weights", parameters[weights].values.count, weightCount)
            if let bias { try check("bias", parameters[bias].values.count, channels) }
        case .int8(let weights, let zeroPoint, let scales, let bias):
            guard input != .float32, output != .float32 else {
                throw .elementType(layer: layer, reason: "quantized weights need quantized input and output")
            }
            try check("weights", weights.count, weightCount)
            try check("bias", bias.count, channels, optional: true)
            if scales.count != 1 { try check("weight scales", scales.count, channels) }
            guard (-128...127).contains(zeroPoint) else {
                throw .invalidParameter(layer: layer, parameter: "weight zero point", reason: "is not an int8")
            }
            guard scales.allSatisfy({ $0.isFinite && $0 > 0 }) else {
                throw .invalidParameter(layer: layer, parameter: "weight scales", reason: "are not all positive")
            }
            guard bias.allSatisfy({ $0 > .min }), sumsFitInt32(convolution, weights, zeroPoint, bias) else {
                throw .invalidParameter(layer: layer, parameter: "weights", reason: "make sums beyond 32 bits")
            }
            guard convolution.activation.clamp != nil else {
                throw .elementType(
                    layer: layer, reason: "\(convolution.activation.rawValue) after a quantized convolution")
            }
            guard convolution.winograd == nil || (zeroPoint == 0 && WinogradFactors.suit(convolution)) else {
                throw .invalidParameter(
                    layer: layer, parameter: "Winograd factors",
                    reason: "are for dense 3×3 convolutions of stride 1 whose weights' zero point is 0")
            }
        }
    }

    /// Whether no sum over bytes can leave int32, whatever the input: Σ|w − zero point| · 255 + |bias| for each output.
    private func sumsFitInt32(
        _ convolution: Convolution, _ weights: [Int8], _ zeroPoint: Int, _ bias: [Int32]
    ) -> Bool {
        let channels = convolution.outputChannels
        let terms = weights.count / channels
        // A difference of two int8 is at most 255, so so few terms fit in 32 bits, where many are added at once.
        guard terms <= Int(Int32.max) / 255 else { return false }
        let zero = Int32(zeroPoint)
        var magnitudes = [UInt32](repeating: 0, count: channels)
        weights.withUnsafeBufferPointer { weights in
            magnitudes.withUnsafeMutableBufferPointer { magnitudes in
                if convolution.grouping == .dense {
                    // A dense kernel's weights lie together.
                    for channel in 0..<channels {
                        var sum: UInt32 = 0
                        for weight in weights[channel * terms..<(channel + 1) * terms] {
                            sum &+= (Int32(weight) &- zero).magnitude
                        }
                        magnitudes[channel] = sum
                    }
                } else {
                    // A depthwise kernel's are `channels` apart: a row of all channels at a time.
                    for term in 0..<terms {
                        let row = UnsafeBufferPointer(rebasing: weights[term * channels..<(term + 1) * channels])
                        for channel in 0..<channels {
                            magnitudes[channel] &+= (Int32(row[channel]) &- zero).magnitude
                        }
                    }
                }
            }
        }
        return (0..<channels).allSatisfy { channel in
            let bound = Int(magnitudes[channel]) * 255 + (bias.isEmpty ? 0 : Int(bias[channel].magnitude))
            return bound <= Int(Int32.max)
        }
    }
}
