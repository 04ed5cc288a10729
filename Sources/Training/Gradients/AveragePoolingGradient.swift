import Networks

/// Average pooling: each element under a window has its share of the window's gradient.
struct AveragePoolingGradient: LayerGradient {
    let input: Int, output: Int
    let window: Window
    /// Whether positions of the padding count.
    let countsPadding: Bool

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [] }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (x, y, channels) = (tape.value(input), tape.makeValue(output), tape.shapes[output].channels)
        forEachWindow(tape) { pixel, sources, share in
            let target = y + pixel * channels
            for c in 0..<channels { target[c] = 0 }
            for source in sources { for c in 0..<channels { target[c] += x[source * channels + c] } }
            for c in 0..<channels { target[c] *= share }
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let (gradient, channels) = (tape.clearedGradient(input), tape.shapes[output].channels)
        let slopes = tape.floats(delta)
        forEachWindow(tape) { pixel, sources, share in
            let own = slopes + pixel * channels
            for source in sources { for c in 0..<channels { gradient[source * channels + c] += own[c] * share } }
        }
        tape.release(delta)
    }

    /// Calls `body` with each output pixel of the batch, the pixels of the input under its window, and the share that each
    /// has in it.
    private func forEachWindow(
        _ tape: GradientTape, _ body: (_ pixel: Int, _ sources: [Int], _ share: Float) -> Void
    ) {
        let (from, to) = (tape.shapes[input], tape.shapes[output])
        let windows = PoolingWindows(window: window, input: from, output: to)
        let area = window.kernelHeight * window.kernelWidth
        tape.forEachImage { image in
            var sources: [Int] = []
            windows.forEach { pixel, rows, columns in
                sources.removeAll(keepingCapacity: true)
                for row in rows {
                    for column in columns { sources.append(image * from.pixels + row * from.width + column) }
                }
                body(image * to.pixels + pixel, sources, 1 / Float(countsPadding ? area : sources.count))
            }
        }
    }
}
