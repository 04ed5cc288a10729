import Networks

/// Zeros between pixels: each pixel's gradient is that of the place where it went.
private struct ZeroInsertionGradient: LayerGradient {
    let input: Int, output: Int
    let operation: ZeroInsertion

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [] }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (x, y, channels) = (tape.value(input), tape.makeValue(output), tape.shapes[input].channels)
        let size = tape.shapes[output].elementCount
        tape.forEachImage { image in (y + image * size).update(repeating: 0, count: size) }
        forEachPixel(tape) { from, to in
            (y + to * channels).update(from: x + from * channels, count: channels)
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let (gradient, channels) = (tape.clearedGradient(input), tape.shapes[input].channels)
        let slopes = tape.floats(delta)
        forEachPixel(tape) { from, to in
            let (source, target) = (slopes + to * channels, gradient + from * channels)
            for c in 0..<channels { target[c] += source[c] }
        }
        tape.release(delta)
    }

    /// Calls `body` with each pixel of the input and where it goes, both counted over the batch.
    private func forEachPixel(_ tape: GradientTape, _ body: (_ from: Int, _ to: Int) -> Void) {
        let (from, to) = (tape.shapes[input], tape.shapes[output])
        tape.forEachImage { image in
            for y in 0..<from.height {
                for x in 0..<from.width {
                    body(
                        image * from.pixels + y * from.width + x,
                        image * to.pixels + y * operation.strideY * to.width + x * operation.strideX)
                }
            }
        }
    }
}

extension ZeroInsertion: DifferentiableOperation {
    func gradient(input: Int, output: Int) -> any LayerGradient {
        ZeroInsertionGradient(input: input, output: output, operation: self)
    }
}
