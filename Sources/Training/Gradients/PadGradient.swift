import Networks

/// Zeros around a map: the gradient of what was there goes back, that of the zeros nowhere.
private struct PadGradient: LayerGradient {
    let input: Int, output: Int
    let pad: Pad

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [] }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (x, y) = (tape.value(input), tape.makeValue(output))
        let (from, to) = (tape.shapes[input], tape.shapes[output])
        tape.forEachImage { image in
            (y + image * to.elementCount).update(repeating: 0, count: to.elementCount)
            forEachRow(image, from, to) { row, padded in
                for column in 0..<from.width {
                    let target = y + padded + column * to.channels
                    target.update(from: x + row + column * from.channels, count: from.channels)
                }
            }
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let (gradient, slopes) = (tape.clearedGradient(input), tape.floats(delta))
        let (from, to) = (tape.shapes[input], tape.shapes[output])
        tape.forEachImage { image in
            forEachRow(image, from, to) { row, padded in
                for column in 0..<from.width {
                    let (target, source) = (
                        gradient + row + column * from.channels, slopes + padded + column * to.channels
                    )
                    for c in 0..<from.channels { target[c] += source[c] }
                }
            }
        }
        tape.release(delta)
    }

    /// Calls `body` with the first element of each row of an image's map, and with where it stands in the padded one.
    private func forEachRow(
        _ image: Int, _ from: TensorShape, _ to: TensorShape, _ body: (_ row: Int, _ padded: Int) -> Void
    ) {
        for y in 0..<from.height {
            body(
                image * from.elementCount + y * from.width * from.channels,
                image * to.elementCount + ((y + pad.top) * to.width + pad.left) * to.channels + pad.front)
        }
    }
}

extension Pad: DifferentiableOperation {
    func gradient(input: Int, output: Int) -> any LayerGradient {
        PadGradient(input: input, output: output, pad: self)
    }
}
