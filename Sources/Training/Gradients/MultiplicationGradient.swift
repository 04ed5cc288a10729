import CKernels

/// A product, y = a · b: ∂L/∂a = ∂L/∂y · b, ∂L/∂b = ∂L/∂y · a.
struct MultiplicationGradient: LayerGradient {
    let a: Int, b: Int, output: Int

    var inputs: [Int] { [a, b] }
    var valuesOnWayBack: [Int] { [a, b] }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (a, b, y) = (tape.value(a), tape.value(b), tape.makeValue(output))
        tape.forEachElement(tape.count(output)) { [isa = tape.isa] range in
            let first = range.lowerBound
            ck_multiply_f32(isa, a + first, b + first, y + first, range.count)
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let slopes = tape.floats(delta)
        for (tensor, other) in [(a, b), (b, a)] where tape.needsGradient(tensor) {
            let (factor, target) = (tape.value(other), tape.clearedGradient(tensor))
            tape.forEachElement(tape.count(output)) { range in
                for i in range { target[i] += slopes[i] * factor[i] }
            }
        }
        tape.release(delta)
    }
}
