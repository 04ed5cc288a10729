import Networks
import TestSupport

/// A network run the plain way as training runs it, in double precision, element by element from the definitions, forward only: its
/// finite differences are the oracle of gradients.
struct ReferenceNetwork {
    let network: Network
    let images: Int

    /// The outputs, each [image][element].
    func run(_ input: [Double], _ parameters: [[Double]]) -> [[Double]] {
        var made: [TensorID: [Double]] = [network.input: input]
        for layer in network.layers {
            made[layer.output] = evaluate(layer, layer.inputs.map { made[$0] ?? [] }, parameters)
        }
        return network.outputs.map { made[$0] ?? [] }
    }

    private func evaluate(_ layer: Layer, _ inputs: [[Double]], _ parameters: [[Double]]) -> [Double] {
        let shapes = layer.inputs.map { network[$0].shape.dimensions }
        let (a, b) = (shapes[0], network[layer.output].shape.dimensions)
        let x = inputs[0]
        func values(_ id: ParameterID) -> [Double] { parameters[id.index] }
        switch layer.operation {
        case .convolution(let convolution):
            return self.convolution(convolution, x, a, b, parameters)
        case .batchNormalization(let normalization):
            let (scale, shift) = (values(normalization.scale), values(normalization.shift))
            let channels = b[2]
            let pixels = x.count / channels
            var y = x
            for c in 0..<channels {
                let column = (0..<pixels).map { x[$0 * channels + c] }
                let mean = column.reduce(0, +) / Double(pixels)
                let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels)
                for p in 0..<pixels {
                    let normalized = (column[p] - mean) / (variance + normalization.epsilon).squareRoot()
                    y[p * channels + c] = normalized * scale[c] + shift[c]
                }
            }
            return y
        case .activation(let activation): return x.map { apply(activation, $0) }
        case .add(let activation): return zip(x, inputs[1]).map { apply(activation, $0 + $1) }
        case .multiply: return zip(x, inputs[1]).map { $0 * $1 }
        case .scaleChannels:
            let (channels, size) = (b[2], b.reduce(1, *))
            return x.enumerated().map { $1 * inputs[1][$0 / size * channels + $0 % channels] }
        case .softmax:
            let columns = b[b.count - 1]
            return (0..<x.count / columns).flatMap { row in
                let exponentials = x[row * columns..<(row + 1) * columns].map(exponential)
                return exponentials.map { $0 / exponentials.reduce(0, +) }
            }
        case .maxPooling(let window): return pooled(window, x, a, b) { $0.max() ?? 0 }
        case .averagePooling(let window, let countPadding):
            let area = Double(window.kernelHeight * window.kernelWidth)
            return pooled(window, x, a, b) { $0.reduce(0, +) / (countPadding ? area : Double($0.count)) }
        case .l2Normalization(let scale, let epsilon):
            let channels = b[2]
            return x.indices.map { index in
                let first = index / channels * channels
                let sum = (0..<channels).reduce(0) { $0 + x[first + $1] * x[first + $1] }
                return values(scale)[index % channels] * x[index] / (sum + Double(epsilon)).squareRoot()
            }
        case .concatenation(let axis):
            let outer = images * b[..<axis].reduce(1, *)
            let lengths = shapes.map { $0[axis...].reduce(1, *) }
            return (0..<outer).flatMap { run in
                inputs.indices.flatMap { inputs[$0][run * lengths[$0]..<(run + 1) * lengths[$0]] }
            }
        case .reshape, .convert: return x
        case .plain(let operation):
            let (shape, count) = (network[layer.inputs[0]].shape, x.count / images)
            return (0..<images).flatMap { image in
                PlainReference.values(
                    operation, Array(x[image * count..<(image + 1) * count]), shape, operation.parameters.map(values))
            }
        }
    }

    private func convolution(
        _ convolution: Convolution, _ x: [Double], _ a: [Int], _ b: [Int], _ parameters: [[Double]]
    ) -> [Double] {
        guard case .float32(let weightID, let biasID) = convolution.parameters else { return [] }
        let window = convolution.window
        let isDepthwise = convolution.grouping == .depthwise
        let (weights, bias) = (parameters[weightID.index], biasID.map { parameters[$0.index] })
        var y: [Double] = []
        for n in 0..<images {
            for oy in 0..<b[0] {
                for ox in 0..<b[1] {
                    for oc in 0..<b[2] {
                        var sum = bias?[oc] ?? 0
                        for ky in 0..<window.kernelHeight {
                            let iy = oy * window.strideY + ky * window.dilationY - window.paddingTop
                            guard (0..<a[0]).contains(iy) else { continue }
                            for kx in 0..<window.kernelWidth {
                                let ix = ox * window.strideX + kx * window.dilationX - window.paddingLeft
                                guard (0..<a[1]).contains(ix) else { continue }
                                let pixel = ((n * a[0] + iy) * a[1] + ix) * a[2]
                                if isDepthwise {
                                    sum +=
                                        x[pixel + oc]
                                        * weights[(ky * window.kernelWidth + kx) * b[2] + oc]
                                } else {
                                    let tap = ((oc * window.kernelHeight + ky) * window.kernelWidth + kx) * a[2]
                                    for ic in 0..<a[2] { sum += x[pixel + ic] * weights[tap + ic] }
                                }
                            }
                        }
                        y.append(apply(convolution.activation, sum))
                    }
                }
            }
        }
        return y
    }

    private func pooled(
        _ window: Window, _ x: [Double], _ a: [Int], _ b: [Int], _ reduce: ([Double]) -> Double
    ) -> [Double] {
        var y: [Double] = []
        for n in 0..<images {
            for oy in 0..<b[0] {
                for ox in 0..<b[1] {
                    for c in 0..<b[2] {
                        var inside: [Double] = []
                        for ky in 0..<window.kernelHeight {
                            for kx in 0..<window.kernelWidth {
                                let iy = oy * window.strideY + ky - window.paddingTop
                                let ix = ox * window.strideX + kx - window.paddingLeft
                                guard (0..<a[0]).contains(iy), (0..<a[1]).contains(ix) else { continue }
                                inside.append(x[((n * a[0] + iy) * a[1] + ix) * a[2] + c])
                            }
                        }
                        y.append(reduce(inside))
                    }
                }
            }
        }
        return y
    }

    private func apply(_ activation: Activation, _ x: Double) -> Double {
        switch activation {
        case .relu: max(x, 0)
        case .relu6: min(max(x, 0), 6)
        case .hardSwish: x * min(max(x + 3, 0), 6) / 6
        case .hardSigmoid: min(max(x + 3, 0), 6) / 6
        case .sigmoid: 1 / (1 + exponential(-x))
        case .none: x
        }
    }
}
