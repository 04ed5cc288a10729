import CKernels
import Networks

/// A convolution with the batch normalization of fixed statistics and the activation behind it, as one: what inference runs.
///
/// With f = γ/√(σ² + ε) for each output channel, it is the convolution with weights w′ = f · w and bias b′ = β + f · (b − μ).
/// From the gradients by these follow ∂L/∂w = f · ∂L/∂w′, ∂L/∂β = ∂L/∂b′, ∂L/∂b = f · ∂L/∂b′ and
/// ∂L/∂γ = (Σ w · ∂L/∂w′ + (b − μ) · ∂L/∂b′) / √(σ² + ε): no map but the result is kept or read on the way back.
struct FoldedConvolutionGradient: LayerGradient {
    let input: Int, output: Int
    let window: Window
    let grouping: Convolution.Grouping
    /// Positions of its parameters.
    let weights: Int, bias: Int?
    let normalization: BatchNormalization
    /// One of which the derivative follows from the result.
    let activation: ck_activation

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { changesGradient ? [input, output] : [input] }
    var changesGradient: Bool { activation != CK_ACTIVATION_NONE }

    private var isDepthwise: Bool { grouping == .depthwise }

    /// The convolution that it is.
    private struct Fold {
        /// γ/√(σ² + ε).
        var factors: [Float]
        /// 1/√(σ² + ε).
        var inverseDeviations: [Float]
        /// b − μ.
        var centers: [Float]
        var weights: [Float]
        var bias: [Float]
    }

    private func fold(_ parameters: [TrainingParameter]) -> Fold {
        let scale = parameters[normalization.scale.index].values
        let shift = parameters[normalization.shift.index].values
        let epsilon = Float(normalization.epsilon)
        let deviations = parameters[normalization.variance.index].values.map { 1 / ($0 + epsilon).squareRoot() }
        let factors = zip(scale, deviations).map { $0 * $1 }
        var centers = parameters[normalization.mean.index].values.map { -$0 }
        if let bias { for (c, value) in parameters[bias].values.enumerated() { centers[c] += value } }
        return Fold(
            factors: factors, inverseDeviations: deviations, centers: centers,
            weights: scaled(parameters[weights].values, by: factors),
            bias: factors.indices.map { shift[$0] + factors[$0] * centers[$0] })
    }

    /// Weights, each times the number of its output channel.
    private func scaled(_ weights: [Float], by factors: [Float]) -> [Float] {
        var result = weights
        let (channels, terms) = (factors.count, weights.count / factors.count)
        result.withUnsafeMutableBufferPointer { result in
            for first in 0..<(isDepthwise ? terms : channels) {
                if isDepthwise {
                    for c in 0..<channels { result[first * channels + c] *= factors[c] }
                } else {
                    for term in 0..<terms { result[first * terms + term] *= factors[first] }
                }
            }
        }
        return result
    }

    /// Σ w · g over the weights of each output channel.
    private func products(_ weights: [Float], _ gradient: [Float], channels: Int) -> [Float] {
        let terms = weights.count / channels
        let (channelStep, termStep) = isDepthwise ? (1, channels) : (terms, 1)
        return (0..<channels).map { channel in
            var (sum, index) = (0.0, channel * channelStep)
            for _ in 0..<terms {
                sum += Double(weights[index]) * Double(gradient[index])
                index += termStep
            }
            return Float(sum)
        }
    }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let fold = fold(parameters)
        ConvolutionPass(window, grouping, input, output, tape).forward(
            tape.value(input), weights: fold.weights, bias: fold.bias, activation: activation,
            into: tape.makeValue(output))
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let fold = fold(parameters)
        let (own, sums) = tape.throughActivation(activation, delta, of: output)
        let (pass, slopes) = (ConvolutionPass(window, grouping, input, output, tape), tape.floats(own))
        writeGradients(fold, sums, slopes, pass, tape, parameters)
        if tape.needsGradient(input) {
            let (target, isNew) = tape.gradient(input)
            pass.inputGradient(slopes, weights: fold.weights, into: target, accumulates: !isNew)
        }
        tape.release(own)
    }

    /// Writes the gradients of the parameters.
    private func writeGradients(
        _ fold: Fold, _ sums: [Float], _ slopes: UnsafePointer<Float>, _ pass: ConvolutionPass, _ tape: GradientTape,
        _ parameters: [TrainingParameter]
    ) {
        func write(_ index: Int, _ values: @autoclosure () -> [Float]) {
            if parameters[index].treatment.isTrained { tape.parameterGradients[index] = values() }
        }
        write(normalization.shift.index, sums)
        if let bias { write(bias, zip(fold.factors, sums).map { $0 * $1 }) }
        let scale = normalization.scale.index
        guard parameters[weights].treatment.isTrained || parameters[scale].treatment.isTrained else { return }
        let gradient = pass.weightGradient(tape.value(input), outputGradient: slopes)
        let products = products(parameters[weights].values, gradient, channels: sums.count)
        write(
            scale,
            sums.indices.map { (products[$0] + fold.centers[$0] * sums[$0]) * fold.inverseDeviations[$0] })
        write(weights, scaled(gradient, by: fold.factors))
    }
}
