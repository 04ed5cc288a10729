import Networks

/// A map of another size: each pixel's gradient goes to those that it was made of, by their weights.
private struct ResizeGradient: LayerGradient {
    let input: Int, output: Int
    let resize: Resize

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [] }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (x, y, channels) = (tape.value(input), tape.makeValue(output), tape.shapes[input].channels)
        forEachPixel(tape) { from, to, corners in
            let target = y + to * channels
            target.update(repeating: 0, count: channels)
            for (pixel, weight) in corners where weight != 0 {
                let source = x + (from + pixel) * channels
                for c in 0..<channels { target[c] += weight * source[c] }
            }
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let (gradient, channels) = (tape.clearedGradient(input), tape.shapes[input].channels)
        let slopes = tape.floats(delta)
        forEachPixel(tape) { from, to, corners in
            let source = slopes + to * channels
            for (pixel, weight) in corners where weight != 0 {
                let target = gradient + (from + pixel) * channels
                for c in 0..<channels { target[c] += weight * source[c] }
            }
        }
        tape.release(delta)
    }

    /// Calls `body` with each pixel of the result, image by image: the first pixel of the input's image, its own number in
    /// the batch, and the pixels of the input that it is made of, with their weights.
    private func forEachPixel(
        _ tape: GradientTape, _ body: (_ from: Int, _ to: Int, _ corners: [(pixel: Int, weight: Float)]) -> Void
    ) {
        let (from, to) = (tape.shapes[input], tape.shapes[output])
        let rows = resize.samples(input: from.height, output: to.height)
        let columns = resize.samples(input: from.width, output: to.width)
        tape.forEachImage { image in
            for (y, row) in rows.enumerated() {
                for (x, column) in columns.enumerated() {
                    let (down, right) = (row.fraction, column.fraction)
                    body(
                        image * from.pixels, image * to.pixels + y * to.width + x,
                        [
                            (row.lower * from.width + column.lower, (1 - down) * (1 - right)),
                            (row.lower * from.width + column.upper, (1 - down) * right),
                            (row.upper * from.width + column.lower, down * (1 - right)),
                            (row.upper * from.width + column.upper, down * right),
                        ])
                }
            }
        }
    }
}

extension Resize: DifferentiableOperation {
    func gradient(input: Int, output: Int) -> any LayerGradient {
        ResizeGradient(input: input, output: output, resize: self)
    }
}
