import Networks

/// A dense convolution.
struct ConvolutionGradient: LayerGradient {
    let input: Int, output: Int
    let window: Window
    /// Positions of its parameters.
    let weights: Int, bias: Int?

    var inputs: [Int] { [input] }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        ConvolutionPass(window, input, output, tape).forward(
            tape.value(input), weights: parameters[weights].values, bias: bias.map { parameters[$0].values },
            images: tape.images, into: tape.makeValue(output))
    }

    func backward(_ delta: FloatBuffer, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        if let bias, parameters[bias].treatment.isTrained {
            tape.parameterGradients[bias] = tape.channelSums(delta.floats, of: output)
        }
        if parameters[weights].treatment.isTrained {
            tape.parameterGradients[weights] = ConvolutionPass(window, input, output, tape).weightGradient(
                tape.value(input), outputGradient: delta.floats, images: tape.images)
        }
        if tape.needsGradient(input) {
            let (target, isNew) = tape.gradient(input)
            ConvolutionPass(window, input, output, tape).inputGradient(
                delta.floats, weights: parameters[weights].values, images: tape.images, into: target,
                accumulates: !isNew)
        }
        tape.release(delta)
    }
}
