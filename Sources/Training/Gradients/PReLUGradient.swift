import Networks

/// A rectifier with slopes a: ∂L/∂x = ∂L/∂y where x > 0, else a · ∂L/∂y; ∂L/∂a = Σ ∂L/∂y · min(x, 0) over the channel's pixels
/// (He et al. 2015, arXiv 1502.01852, equations 2 and 3).
private struct PReLUGradient: LayerGradient {
    let input: Int, output: Int
    /// Position of the slopes among the parameters.
    let slope: Int

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [input] }
    static let passesGradientOn = true

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (x, y) = (tape.value(input), tape.makeValue(output))
        forEachPixel(tape, parameters[slope].values) { pixel, slopes in
            for (c, slope) in slopes.enumerated() {
                let value = x[pixel * slopes.count + c]
                y[pixel * slopes.count + c] = value > 0 ? value : value * slope
            }
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let (own, x) = (tape.exclusive(delta), tape.value(input))
        let (target, channels) = (tape.floats(own), tape.shapes[input].channels)
        if parameters[slope].treatment.isTrained {
            var sums = [Double](repeating: 0, count: channels)
            for index in 0..<tape.count(output) where x[index] <= 0 {
                sums[index % channels] += Double(target[index]) * Double(x[index])
            }
            tape.parameterGradients[slope] = sums.map { Float($0) }
        }
        forEachPixel(tape, parameters[slope].values) { pixel, slopes in
            for (c, slope) in slopes.enumerated() where x[pixel * slopes.count + c] <= 0 {
                target[pixel * slopes.count + c] *= slope
            }
        }
        tape.hand(own, to: input)
    }

    private func forEachPixel(
        _ tape: GradientTape, _ slopes: [Float], _ body: (Int, UnsafeBufferPointer<Float>) -> Void
    ) {
        slopes.withUnsafeBufferPointer { slopes in
            tape.parallel.run(tape.pixels(input), grain: 256) { range, _ in
                for pixel in range { body(pixel, slopes) }
            }
        }
    }
}

extension PReLU: DifferentiableOperation {
    func gradient(input: Int, output: Int) -> any LayerGradient {
        PReLUGradient(input: input, output: output, slope: parameters[0].index)
    }
}
