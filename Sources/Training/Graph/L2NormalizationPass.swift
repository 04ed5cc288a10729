/// y_c = s_c · x_c / √(Σ x² + ε) at each pixel (ParseNet, arXiv 1506.04579), and its gradient.
struct L2NormalizationPass {
    let pixels: Int
    let channels: Int
    let epsilon: Float

    func forward(_ x: UnsafePointer<Float>, scale: [Float], into y: UnsafeMutablePointer<Float>) {
        for pixel in 0..<pixels {
            let (source, target) = (x + pixel * channels, y + pixel * channels)
            let inverse = inverseLength(source)
            for c in 0..<channels { target[c] = scale[c] * source[c] * inverse }
        }
    }

    /// With n = √(Σ x² + ε): ∂L/∂x_c = s_c·δ_c/n − x_c · Σ(s·δ·x)/n³, which is added to `gradient`; ∂L/∂s_c = Σ δ_c·x_c/n.
    func backward(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, scale: [Float],
        into gradient: UnsafeMutablePointer<Float>
    ) -> [Double] {
        var scaleGradient = [Double](repeating: 0, count: channels)
        for pixel in 0..<pixels {
            let (row, delta, target) = (
                x + pixel * channels, outputGradient + pixel * channels, gradient + pixel * channels
            )
            let inverse = inverseLength(row)
            var projection: Float = 0
            for c in 0..<channels {
                scaleGradient[c] += Double(delta[c] * row[c] * inverse)
                projection += scale[c] * delta[c] * row[c]
            }
            let along = projection * inverse * inverse * inverse
            for c in 0..<channels { target[c] += scale[c] * delta[c] * inverse - row[c] * along }
        }
        return scaleGradient
    }

    private func inverseLength(_ x: UnsafePointer<Float>) -> Float {
        var sum: Float = 0
        for c in 0..<channels { sum += x[c] * x[c] }
        return 1 / (sum + epsilon).squareRoot()
    }
}
