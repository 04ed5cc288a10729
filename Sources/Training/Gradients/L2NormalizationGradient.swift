/// L2 normalization, y_c = s_c · x_c / n with n = √(Σ x² + ε) at each pixel (ParseNet, arXiv 1506.04579):
/// ∂L/∂x_c = s_c·δ_c/n − x_c · Σ(s·δ·x)/n³, ∂L/∂s_c = Σ δ_c·x_c/n.
struct L2NormalizationGradient: LayerGradient {
    let input: Int, output: Int
    /// The position of s.
    let scale: Int
    let epsilon: Float

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [input] }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (x, y, channels) = (tape.value(input), tape.makeValue(output), tape.shapes[output].channels)
        let scale = parameters[scale].values
        for pixel in 0..<tape.pixels(output) {
            let (source, target) = (x + pixel * channels, y + pixel * channels)
            let inverse = inverseLength(source, channels)
            for c in 0..<channels { target[c] = scale[c] * source[c] * inverse }
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let (x, slopes, channels) = (tape.value(input), tape.floats(delta), tape.shapes[output].channels)
        let gradient = tape.needsGradient(input) ? tape.clearedGradient(input) : nil
        let factors = parameters[scale].values
        var sums = [Double](repeating: 0, count: channels)
        for pixel in 0..<tape.pixels(output) {
            let (row, delta) = (x + pixel * channels, slopes + pixel * channels)
            let inverse = inverseLength(row, channels)
            var projection: Float = 0
            for c in 0..<channels {
                sums[c] += Double(delta[c] * row[c] * inverse)
                projection += factors[c] * delta[c] * row[c]
            }
            guard let gradient else { continue }
            let (target, along) = (gradient + pixel * channels, projection * inverse * inverse * inverse)
            for c in 0..<channels { target[c] += factors[c] * delta[c] * inverse - row[c] * along }
        }
        if parameters[scale].treatment.isTrained { tape.parameterGradients[scale] = sums.map { Float($0) } }
        tape.release(delta)
    }

    private func inverseLength(_ x: UnsafePointer<Float>, _ channels: Int) -> Float {
        var sum: Float = 0
        for c in 0..<channels { sum += x[c] * x[c] }
        return 1 / (sum + epsilon).squareRoot()
    }
}
