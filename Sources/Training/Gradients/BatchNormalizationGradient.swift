import Networks

/// Batch normalization with the activation after it, in one step.
struct BatchNormalizationGradient: LayerGradient {
    let input: Int, output: Int
    let normalization: BatchNormalization
    /// None, or one that its kernel has.
    let activation: Activation
    /// Whether the running statistics are taken for those of every batch and stay as they are.
    let isFixed: Bool

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [input] }
    var isRepeatable: Bool { true }
    static let passesGradientOn = true

    /// The statistics of the last batch.
    private var affine: BatchNormalizationPass.Affine?

    init(input: Int, output: Int, _ normalization: BatchNormalization, activation: Activation, isFixed: Bool) {
        precondition(Self.computes(activation), "an activation of the kernel")
        self.input = input
        self.output = output
        self.normalization = normalization
        self.activation = activation
        self.isFixed = isFixed
    }

    /// Whether an activation is computed in the same step.
    static func computes(_ activation: Activation) -> Bool {
        switch activation {
        case .none, .relu, .relu6, .hardSwish: true
        case .hardSigmoid, .sigmoid: false
        }
    }

    mutating func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let pass = BatchNormalizationPass(output, activation, tape)
        let x = tape.value(input)
        let (meanIndex, varianceIndex) = (normalization.mean.index, normalization.variance.index)
        let mean: [Float]
        let variance: [Float]
        if isFixed {
            mean = parameters[meanIndex].values
            variance = parameters[varianceIndex].values
        } else {
            (mean, variance) = pass.statistics(x)
            // Running variance is the unbiased one, as in PyTorch.
            let correction = pass.pixels > 1 ? Float(pass.pixels) / Float(pass.pixels - 1) : 1
            let momentum = normalization.momentum
            for c in mean.indices {
                parameters[meanIndex].values[c] += momentum * (mean[c] - parameters[meanIndex].values[c])
                parameters[varianceIndex].values[c] +=
                    momentum * (variance[c] * correction - parameters[varianceIndex].values[c])
            }
        }
        let affine = BatchNormalizationPass.Affine(
            mean: mean, variance: variance, epsilon: Float(normalization.epsilon),
            scale: parameters[normalization.scale.index].values, shift: parameters[normalization.shift.index].values)
        self.affine = affine
        pass.forward(x, affine, into: tape.makeValue(output))
    }

    func repeatForward(_ tape: GradientTape) {
        guard let affine else { preconditionFailure("again before at all") }
        BatchNormalizationPass(output, activation, tape).forward(
            tape.value(input), affine, into: tape.makeValue(output))
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        guard let affine else { preconditionFailure("backward before forward") }
        // In its own place, where nobody else has it.
        let target = delta.owners == 1 ? delta : tape.makeGradient(output)
        let (scale, shift) = BatchNormalizationPass(output, activation, tape)
            .backward(
                tape.value(input), gradient: tape.floats(delta), affine, isFixed: isFixed, into: tape.floats(target))
        let (scaleIndex, shiftIndex) = (normalization.scale.index, normalization.shift.index)
        if parameters[scaleIndex].treatment.isTrained { tape.parameterGradients[scaleIndex] = scale }
        if parameters[shiftIndex].treatment.isTrained { tape.parameterGradients[shiftIndex] = shift }
        if target !== delta { tape.release(delta) }
        tape.hand(target, to: input)
    }
}
