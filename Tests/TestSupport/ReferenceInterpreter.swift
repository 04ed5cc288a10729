import MultiBox
import Networks

/// A network run the plain way: layer by layer, element by element, in double precision or exact integers, from the
/// definitions of the operations. The oracle of plans.
package struct ReferenceInterpreter {
    private let network: Network

    package init(network: Network) { self.network = network }

    /// The tensors that a run makes, as reals for float tensors and as bytes for quantized ones.
    package enum Values: Equatable {
        case floats([Double])
        case bytes([UInt8])

        package var reals: [Double] {
            switch self {
            case .floats(let values): values
            case .bytes(let values): values.map(Double.init)
            }
        }
    }

    /// The outputs of the network for one input.
    package func run(_ input: Values) -> [Values] {
        var made: [TensorID: Values] = [network.input: input]
        for layer in network.layers {
            made[layer.output] = evaluate(layer, layer.inputs.map { made[$0] ?? .floats([]) })
        }
        return network.outputs.map { made[$0] ?? .floats([]) }
    }

    private func evaluate(_ layer: Layer, _ inputs: [Values]) -> Values {
        let output = network[layer.output]
        let shapes = layer.inputs.map { network[$0].shape }
        let quantizations = layer.inputs.map { network[$0].element.quantization }
        switch layer.operation {
        case .convolution(let convolution):
            return self.convolution(convolution, inputs[0], shapes[0], quantizations[0], output)
        case .maxPooling(let window):
            return pool(window, inputs[0], shapes[0], output.shape) { values, _ in values.max() ?? 0 }
        case .averagePooling(let window, let countPadding):
            let area = window.kernelHeight * window.kernelWidth
            if case .bytes = inputs[0] {
                return pool(window, inputs[0], shapes[0], output.shape) { values, count in
                    (values.reduce(0, +) + Double(count / 2)).rounded(.down) / Double(count)
                }
            }
            return pool(window, inputs[0], shapes[0], output.shape) { values, count in
                values.reduce(0, +) / Double(countPadding ? area : count)
            }
        case .activation(let activation):
            return elementwise(inputs[0], quantizations[0], output) { apply(activation, $0) }
        case .convert: return elementwise(inputs[0], quantizations[0], output) { $0 }
        case .add(let activation):
            let a = real(inputs[0], quantizations[0])
            let b = real(inputs[1], quantizations[1])
            return encode(zip(a, b).map { apply(activation, $0 + $1) }, output)
        case .multiply: return encode(zip(inputs[0].reals, inputs[1].reals).map { $0 * $1 }, output)
        case .scaleChannels:
            let factors = real(inputs[1], quantizations[1])
            return encode(
                real(inputs[0], quantizations[0]).enumerated().map { $1 * factors[$0 % factors.count] }, output)
        case .reshape: return inputs[0]
        case .softmax:
            let columns = output.shape.channels
            var result: [Double] = []
            for row in 0..<output.shape.pixels {
                let values = inputs[0].reals[row * columns..<(row + 1) * columns]
                let largest = values.max() ?? 0
                let exponentials = values.map { Double.exponential($0 - largest) }
                let sum = exponentials.reduce(0, +)
                result += exponentials.map { $0 / sum }
            }
            return .floats(result)
        case .batchNormalization(let normalization):
            let parameters = network.parameters
            let (scale, shift) = (parameters[normalization.scale].values, parameters[normalization.shift].values)
            let (mean, variance) = (parameters[normalization.mean].values, parameters[normalization.variance].values)
            return .floats(
                inputs[0].reals.enumerated().map { index, x in
                    let channel = index % scale.count
                    let deviation = (Double(variance[channel]) + normalization.epsilon).squareRoot()
                    return Double(scale[channel]) * (x - Double(mean[channel])) / deviation + Double(shift[channel])
                })
        case .l2Normalization(let scaleID, let epsilon):
            let scale = network.parameters[scaleID].values
            let channels = output.shape.channels
            var result: [Double] = []
            for pixel in 0..<output.shape.pixels {
                let values = inputs[0].reals[pixel * channels..<(pixel + 1) * channels]
                let norm = (values.reduce(0) { $0 + $1 * $1 } + Double(epsilon)).squareRoot()
                result += zip(values, scale).map { $0 / norm * Double($1) }
            }
            return .floats(result)
        case .concatenation(let axis): return concatenate(inputs, shapes, axis: axis, output)
        case .plain(let operation):
            let values = real(inputs[0], quantizations[0])
            let parameters = operation.parameters.map { network.parameters[$0].values.map(Double.init) }
            return encode(PlainReference.values(operation, values, shapes[0], parameters), output)
        }
    }

    private func convolution(
        _ convolution: Convolution, _ input: Values, _ shape: TensorShape, _ quantization: Quantization?,
        _ output: Tensor
    ) -> Values {
        let window = convolution.window
        let values = input.reals
        let isDepthwise = convolution.grouping == .depthwise
        let channels = isDepthwise ? 1 : shape.channels
        var floats: [Float] = []
        if case .float32(let weights, _) = convolution.parameters { floats = network.parameters[weights].values }
        var result: [Double] = []
        for y in 0..<output.shape.height {
            for x in 0..<output.shape.width {
                for channel in 0..<output.shape.channels {
                    var sum = 0.0
                    for ky in 0..<window.kernelHeight {
                        for kx in 0..<window.kernelWidth {
                            let iy = y * window.strideY + ky * window.dilationY - window.paddingTop
                            let ix = x * window.strideX + kx * window.dilationX - window.paddingLeft
                            guard (0..<shape.height).contains(iy), (0..<shape.width).contains(ix) else { continue }
                            for k in 0..<channels {
                                let inner = isDepthwise ? channel : k
                                let weight =
                                    isDepthwise
                                    ? (ky * window.kernelWidth + kx) * shape.channels + channel
                                    : ((channel * window.kernelHeight + ky) * window.kernelWidth + kx) * channels + k
                                let value = values[(iy * shape.width + ix) * shape.channels + inner]
                                switch convolution.parameters {
                                case .float32: sum += value * Double(floats[weight])
                                case .int8(let weights, let zeroPoint, _, _):
                                    sum +=
                                        (value - Double(quantization?.zeroPoint ?? 0))
                                        * Double(Int(weights[weight]) - zeroPoint)
                                }
                            }
                        }
                    }
                    result.append(sum)
                }
            }
        }
        return finish(convolution, result, quantization, output)
    }

    private func finish(
        _ convolution: Convolution, _ sums: [Double], _ quantization: Quantization?, _ output: Tensor
    ) -> Values {
        let channels = output.shape.channels
        switch convolution.parameters {
        case .float32(_, let biasID):
            let bias = biasID.map { network.parameters[$0].values } ?? []
            return .floats(
                sums.enumerated().map { index, sum in
                    apply(convolution.activation, sum + (bias.isEmpty ? 0 : Double(bias[index % channels])))
                })
        case .int8(_, _, let scales, let bias):
            guard let input = quantization, let result = output.element.quantization else { return .bytes([]) }
            let range = [apply(convolution.activation, -1e9), apply(convolution.activation, 1e9)]
                .map { Int(result.quantized(Float($0))) }
            return .bytes(
                sums.enumerated().map { index, sum in
                    let channel = index % channels
                    // One scale: the product is formed in single precision; many: in double.
                    let scale =
                        scales.count == 1
                        ? Double(input.scale * scales[0]) / Double(result.scale)
                        : Double(input.scale) * Double(scales[channel]) / Double(result.scale)
                    let total = Int64(sum) + (bias.isEmpty ? 0 : Int64(bias[channel]))
                    let byte = result.zeroPoint + Int(Self.multiply(total, scale))
                    return UInt8(min(max(byte, range[0]), range[1]))
                })
        }
    }

    /// A sum times a real below 1, the real's mantissa first rounded to 31 bits, to the nearest integer, halves up.
    private static func multiply(_ sum: Int64, _ real: Double) -> Int64 {
        precondition(real > 0 && real < 1)
        var shift = 0
        var mantissa = real
        while mantissa < 0.5 {
            mantissa *= 2
            shift += 1
        }
        let product = sum * Int64((mantissa * 0x1p31).rounded(.toNearestOrAwayFromZero))
        let divisor = Int64(1) << Int64(31 + shift)
        var (quotient, remainder) = product.quotientAndRemainder(dividingBy: divisor)
        if remainder < 0 { (quotient, remainder) = (quotient - 1, remainder + divisor) }
        return remainder >= divisor - remainder ? quotient + 1 : quotient
    }

    private func pool(
        _ window: Window, _ input: Values, _ shape: TensorShape, _ output: TensorShape,
        _ reduce: ([Double], Int) -> Double
    ) -> Values {
        let values = input.reals
        var result: [Double] = []
        for y in 0..<output.height {
            for x in 0..<output.width {
                for channel in 0..<output.channels {
                    var inside: [Double] = []
                    for ky in 0..<window.kernelHeight {
                        for kx in 0..<window.kernelWidth {
                            let iy = y * window.strideY + ky - window.paddingTop
                            let ix = x * window.strideX + kx - window.paddingLeft
                            guard (0..<shape.height).contains(iy), (0..<shape.width).contains(ix) else { continue }
                            inside.append(values[(iy * shape.width + ix) * shape.channels + channel])
                        }
                    }
                    result.append(reduce(inside, inside.count))
                }
            }
        }
        if case .bytes = input { return .bytes(result.map { UInt8($0.rounded(.down)) }) }
        return .floats(result)
    }

    private func elementwise(
        _ input: Values, _ quantization: Quantization?, _ output: Tensor, _ function: (Double) -> Double
    ) -> Values { encode(real(input, quantization).map(function), output) }

    private func real(_ values: Values, _ quantization: Quantization?) -> [Double] {
        guard let quantization else { return values.reals }
        return values.reals.map { Double(quantization.scale) * ($0 - Double(quantization.zeroPoint)) }
    }

    private func encode(_ reals: [Double], _ output: Tensor) -> Values {
        guard let quantization = output.element.quantization else { return .floats(reals) }
        return .bytes(reals.map { quantization.quantized(Float($0)) })
    }

    private func concatenate(_ inputs: [Values], _ shapes: [TensorShape], axis: Int, _ output: Tensor) -> Values {
        var result = [Double](repeating: 0, count: output.shape.elementCount)
        let inner = output.shape.dimensions[(axis + 1)...].reduce(1, *)
        let outer = output.shape.dimensions[..<axis].reduce(1, *)
        let row = output.shape.dimensions[axis] * inner
        var position = 0
        for (values, shape) in zip(inputs, shapes) {
            let part = shape.dimensions[axis] * inner
            for index in 0..<outer {
                for element in 0..<part {
                    result[index * row + position + element] = values.reals[index * part + element]
                }
            }
            position += part
        }
        if output.element.quantization != nil { return .bytes(result.map { UInt8($0) }) }
        return .floats(result)
    }

    private func apply(_ activation: Activation, _ x: Double) -> Double {
        switch activation {
        case .none: x
        case .relu: max(x, 0)
        case .relu6: min(max(x, 0), 6)
        case .hardSwish: x * min(max(x + 3, 0), 6) / 6
        case .hardSigmoid: min(max(x + 3, 0), 6) / 6
        case .sigmoid: 1 / (1 + Double.exponential(-x))
        }
    }
}

extension Double {
    /// eˣ by its series on a reduced argument: x = k · ln 2 + r. Independent of any C library.
    static func exponential(_ x: Double) -> Double {
        guard x > -700 else { return 0 }
        guard x < 700 else { return .infinity }
        let k = (x / 0.693_147_180_559_945_3).rounded()
        let r = x - k * 0.693_147_180_559_945_3
        var term = 1.0
        var sum = 1.0
        for n in 1..<24 {
            term *= r / Double(n)
            sum += term
        }
        return sum * Double(sign: .plus, exponent: Int(k), significand: 1)
    }
}
