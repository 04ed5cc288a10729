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
    let isDepthwise: Bool
    /// Positions of its parameters.
    let weights: Int, bias: Int?
    let normalization: BatchNormalization
    /// One of which the derivative follows from the result.
    let activation: Activation

    var inputs: [Int] { [input] }

    /// Whether an activation's derivative follows from its result.
    static func computes(_ activation: Activation) -> Bool {
        switch activation {
        case .none, .relu, .relu6: true
        case .hardSwish, .hardSigmoid, .sigmoid: false
        }
    }

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

    private var function: ck_activation {
        switch activation {
        case .relu: CK_ACTIVATION_RELU
        case .relu6: CK_ACTIVATION_RELU6
        case .none, .hardSwish, .hardSigmoid, .sigmoid: CK_ACTIVATION_NONE
        }
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
        ConvolutionPass(window, input, output, tape).forward(
            tape.value(input), weights: fold.weights, bias: fold.bias, activation: function, isDepthwise: isDepthwise,
            images: tape.images, into: tape.makeValue(output))
    }

    var changesGradient: Bool { activation != .none }

    func backward(_ delta: FloatBuffer, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let fold = fold(parameters)
        // In its own place, where nobody else has it.
        let own = delta.owners == 1 || !changesGradient ? delta : tape.makeGradient(delta.count)
        let sums = tape.throughActivation(
            function, delta.floats, y: tape.value(output), of: output, into: own.floats)
        if own !== delta { tape.release(delta) }
        let pass = ConvolutionPass(window, input, output, tape)
        writeGradients(fold, sums, own, pass, tape, parameters)
        if tape.needsGradient(input) {
            let (target, isNew) = tape.gradient(input)
            if isDepthwise {
                pass.depthwiseInputGradient(
                    own.floats, weights: fold.weights, images: tape.images, into: target, accumulates: !isNew)
            } else {
                pass.inputGradient(
                    own.floats, weights: fold.weights, images: tape.images, into: target, accumulates: !isNew)
            }
        }
        tape.release(own)
    }

    /// Writes the gradients of the parameters.
    private func writeGradients(
        _ fold: Fold, _ sums: [Float], _ delta: FloatBuffer, _ pass: ConvolutionPass, _ tape: GradientTape,
        _ parameters: [TrainingParameter]
    ) {
        func write(_ index: Int, _ values: @autoclosure () -> [Float]) {
            if parameters[index].treatment.isTrained { tape.parameterGradients[index] = values() }
        }
        write(normalization.shift.index, sums)
        if let bias { write(bias, zip(fold.factors, sums).map { $0 * $1 }) }
        let scale = normalization.scale.index
        guard parameters[weights].treatment.isTrained || parameters[scale].treatment.isTrained else { return }
        let x = tape.value(input)
        let gradient =
            isDepthwise
            ? pass.depthwiseWeightGradient(x, outputGradient: delta.floats, images: tape.images)
            : pass.weightGradient(x, outputGradient: delta.floats, images: tape.images)
        let products = products(parameters[weights].values, gradient, channels: sums.count)
        write(
            scale,
            sums.indices.map { (products[$0] + fold.centers[$0] * sums[$0]) * fold.inverseDeviations[$0] })
        write(weights, scaled(gradient, by: fold.factors))
    }
}
