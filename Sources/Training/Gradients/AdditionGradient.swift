import CKernels

/// A sum, y = a + b: both have the gradient of y.
struct AdditionGradient: LayerGradient {
    let a: Int, b: Int, output: Int

    var inputs: [Int] { [a, b] }
    var valuesOnWayBack: [Int] { [] }
    static let passesGradientOn = true

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (a, b, y) = (tape.value(a), tape.value(b), tape.makeValue(output))
        tape.forEachElement(tape.count(output)) { [isa = tape.isa] range in
            let first = range.lowerBound
            ck_add_f32(isa, CK_ACTIVATION_NONE, a + first, b + first, y + first, range.count)
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        // It is one block, until one of them is written.
        delta.owners += 1
        tape.hand(delta, to: b)
        tape.hand(delta, to: a)
    }
}
