import CKernels
import Networks

/// A convolution with the activation behind it: no map but the result is kept.
struct ConvolutionGradient: LayerGradient {
    let input: Int, output: Int
    let window: Window
    let grouping: Convolution.Grouping
    /// Positions of its parameters.
    let weights: Int, bias: Int?
    /// One of which the derivative follows from the result.
    let activation: ck_activation

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { changesGradient ? [input, output] : [input] }
    var changesGradient: Bool { activation != CK_ACTIVATION_NONE }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        ConvolutionPass(window, grouping, input, output, tape).forward(
            tape.value(input), weights: parameters[weights].values, bias: bias.map { parameters[$0].values },
            activation: activation, into: tape.makeValue(output))
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let biasIsTrained = bias.map { parameters[$0].treatment.isTrained } ?? false
        let (own, sums) =
            changesGradient || biasIsTrained ? tape.throughActivation(activation, delta, of: output) : (delta, [])
        let (pass, slopes) = (ConvolutionPass(window, grouping, input, output, tape), tape.floats(own))
        if let bias, biasIsTrained { tape.parameterGradients[bias] = sums }
        if parameters[weights].treatment.isTrained {
            tape.parameterGradients[weights] = pass.weightGradient(tape.value(input), outputGradient: slopes)
        }
        if tape.needsGradient(input) {
            let (target, isNew) = tape.gradient(input)
            pass.inputGradient(slopes, weights: parameters[weights].values, into: target, accumulates: !isNew)
        }
        tape.release(own)
    }
}
