import CKernels

/// Softmax along the innermost extent: ∂L/∂x_i = y_i · (δ_i − Σ δ·y) with δ = ∂L/∂y.
struct SoftmaxGradient: LayerGradient {
    let input: Int, output: Int

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [output] }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (x, y, columns) = (tape.value(input), tape.makeValue(output), tape.shapes[output].channels)
        forEachRow(tape) { [isa = tape.isa] rows in
            let first = rows.lowerBound * columns
            ck_softmax_f32(isa, x + first, y + first, rows.count, columns)
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let (y, gradient, columns) = (tape.value(output), tape.clearedGradient(input), tape.shapes[output].channels)
        let slopes = tape.floats(delta)
        forEachRow(tape) { rows in
            for row in rows {
                let (result, own) = (y + row * columns, slopes + row * columns)
                let target = gradient + row * columns
                var sum: Float = 0
                for c in 0..<columns { sum += own[c] * result[c] }
                for c in 0..<columns { target[c] += result[c] * (own[c] - sum) }
            }
        }
        tape.release(delta)
    }

    private func forEachRow(_ tape: GradientTape, _ body: (Range<Int>) -> Void) {
        tape.parallel.run(tape.pixels(output), grain: 64) { range, _ in body(range) }
    }
}
