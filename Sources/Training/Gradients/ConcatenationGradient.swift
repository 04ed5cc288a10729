/// Tensors joined along an axis: each has its part of the gradient.
struct ConcatenationGradient: LayerGradient {
    let inputs: [Int], output: Int
    let axis: Int

    var valuesOnWayBack: [Int] { [] }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (sources, y) = (inputs.map { tape.value($0) }, tape.makeValue(output))
        forEachRun(tape) { input, offset, outputOffset, length in
            (y + outputOffset).update(from: sources[input] + offset, count: length)
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        // Of a tensor that is joined twice, the first is new.
        let targets = inputs.map { tape.needsGradient($0) ? tape.gradient($0) : nil }
        let slopes = tape.floats(delta)
        forEachRun(tape) { input, offset, outputOffset, length in
            guard let target = targets[input] else { return }
            let (floats, source) = (target.floats + offset, slopes + outputOffset)
            if target.isNew {
                floats.update(from: source, count: length)
            } else {
                for i in 0..<length { floats[i] += source[i] }
            }
        }
        tape.release(delta)
    }

    /// Calls `body` with each run of elements that lies together in an input and in the output; with those of one tensor's
    /// same elements one after the other, in order.
    private func forEachRun(
        _ tape: GradientTape, _ body: (_ input: Int, _ offset: Int, _ outputOffset: Int, _ length: Int) -> Void
    ) {
        let shape = tape.shapes[output].dimensions
        let (outer, pitch) = (tape.images * shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *))
        let lengths = inputs.map { tape.shapes[$0].dimensions[axis...].reduce(1, *) }
        tape.parallel.run(outer) { range, _ in
            for run in range {
                var first = run * pitch
                for (input, length) in lengths.enumerated() {
                    body(input, run * length, first, length)
                    first += length
                }
            }
        }
    }
}
