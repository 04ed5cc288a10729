import Networks

/// A depthwise convolution.
struct DepthwiseGradient: LayerGradient {
    let input: Int, output: Int
    let window: Window
    /// Positions of its parameters.
    let weights: Int, bias: Int?

    var inputs: [Int] { [input] }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        ConvolutionPass(window, input, output, tape).forward(
            tape.value(input), weights: parameters[weights].values, bias: bias.map { parameters[$0].values },
            isDepthwise: true, images: tape.images, into: tape.makeValue(output))
    }

    func backward(_ delta: FloatBuffer, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let pass = ConvolutionPass(window, input, output, tape)
        if let bias, parameters[bias].treatment.isTrained {
            tape.parameterGradients[bias] = tape.channelSums(delta.floats, of: output)
        }
        if parameters[weights].treatment.isTrained {
            tape.parameterGradients[weights] = pass.depthwiseWeightGradient(
                tape.value(input), outputGradient: delta.floats, images: tape.images)
        }
        if tape.needsGradient(input) {
            let (target, isNew) = tape.gradient(input)
            pass.depthwiseInputGradient(
                delta.floats, weights: parameters[weights].values, images: tape.images, into: target,
                accumulates: !isNew)
        }
        tape.release(delta)
    }
}
