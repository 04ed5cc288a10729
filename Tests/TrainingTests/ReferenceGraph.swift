import Networks
import Training

/// A training graph run the plain way, in double precision, element by element from the definitions, forward only: its
/// finite differences are the oracle of gradients.
struct ReferenceGraph {
    let graph: TrainingGraph
    let images: Int

    /// The outputs, each [image][element].
    func run(_ input: [Double], _ parameters: [[Double]]) -> [[Double]] {
        var made: [Int: [Double]] = [0: input]
        for layer in graph.plainLayers {
            let inputs = layer.inputs.map { made[$0] ?? [] }
            made[layer.output] = evaluate(layer, inputs, parameters)
        }
        return graph.plainOutputs.map { made[$0] ?? [] }
    }

    private func evaluate(_ layer: PlainLayer, _ inputs: [[Double]], _ parameters: [[Double]]) -> [Double] {
        let (a, b) = (layer.inputShapes[0], layer.outputShape)
        let x = inputs[0]
        switch layer.kind {
        case .convolution(let window, let isDepthwise, let weights, let bias):
            var y: [Double] = []
            for n in 0..<images {
                for oy in 0..<b[0] {
                    for ox in 0..<b[1] {
                        for oc in 0..<b[2] {
                            var sum = bias.map { parameters[$0][oc] } ?? 0
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
                                            * parameters[weights][(ky * window.kernelWidth + kx) * b[2] + oc]
                                    } else {
                                        let tap = ((oc * window.kernelHeight + ky) * window.kernelWidth + kx) * a[2]
                                        for ic in 0..<a[2] { sum += x[pixel + ic] * parameters[weights][tap + ic] }
                                    }
                                }
                            }
                            y.append(sum)
                        }
                    }
                }
            }
            return y
        case .batchNormalization(let scale, let shift, let epsilon, let activation):
            let channels = b[2]
            let pixels = x.count / channels
            var y = x
            for c in 0..<channels {
                let column = (0..<pixels).map { x[$0 * channels + c] }
                let mean = column.reduce(0, +) / Double(pixels)
                let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels)
                for p in 0..<pixels {
                    let normalized = (column[p] - mean) / (variance + epsilon).squareRoot()
                    y[p * channels + c] = apply(activation, normalized * parameters[scale][c] + parameters[shift][c])
                }
            }
            return y
        case .activation(let activation): return x.map { apply(activation, $0) }
        case .add: return zip(x, inputs[1]).map { $0 + $1 }
        case .maxPooling(let window):
            var y: [Double] = []
            for n in 0..<images {
                for oy in 0..<b[0] {
                    for ox in 0..<b[1] {
                        for c in 0..<b[2] {
                            var best = -Double.infinity
                            for ky in 0..<window.kernelHeight {
                                for kx in 0..<window.kernelWidth {
                                    let iy = oy * window.strideY + ky - window.paddingTop
                                    let ix = ox * window.strideX + kx - window.paddingLeft
                                    guard (0..<a[0]).contains(iy), (0..<a[1]).contains(ix) else { continue }
                                    best = max(best, x[((n * a[0] + iy) * a[1] + ix) * a[2] + c])
                                }
                            }
                            y.append(best)
                        }
                    }
                }
            }
            return y
        case .l2Normalization(let scale, let epsilon):
            let channels = b[2]
            return x.indices.map { index in
                let first = index / channels * channels
                let sum = (0..<channels).reduce(0) { $0 + x[first + $1] * x[first + $1] }
                return parameters[scale][index % channels] * x[index] / (sum + epsilon).squareRoot()
            }
        case .concatenation(let axis):
            let outer = images * b[..<axis].reduce(1, *)
            let lengths = layer.inputShapes.map { $0[axis...].reduce(1, *) }
            return (0..<outer).flatMap { run in
                inputs.indices.flatMap { inputs[$0][run * lengths[$0]..<(run + 1) * lengths[$0]] }
            }
        case .reshape: return x
        }
    }

    private func apply(_ activation: Activation, _ x: Double) -> Double {
        switch activation {
        case .relu: max(x, 0)
        case .relu6: min(max(x, 0), 6)
        case .hardSwish: x * min(max(x + 3, 0), 6) / 6
        case .none, .hardSigmoid, .sigmoid: x
        }
    }
}
