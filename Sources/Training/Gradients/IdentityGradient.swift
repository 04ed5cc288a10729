/// The same elements as another tensor, in the same memory: a reshape, a conversion between floats. So are the gradients.
struct IdentityGradient: LayerGradient {
    let input: Int, output: Int

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [] }
    static let passesGradientOn = true

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) { tape.share(input, as: output) }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        tape.hand(delta, to: input)
    }
}
