import Networks

/// A function f of each element: ∂L/∂x = ∂L/∂y · f′(x).
struct ActivationGradient: LayerGradient {
    let input: Int, output: Int
    let activation: Activation

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [input] }
    static let passesGradientOn = true

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (x, y, count) = (tape.value(input), tape.makeValue(output), tape.count(output))
        switch activation {
        case .none: map(IdentityFunction.self)
        case .relu: map(ReLUFunction.self)
        case .relu6: map(ReLU6Function.self)
        case .hardSwish: map(HardSwishFunction.self)
        case .hardSigmoid: map(HardSigmoidFunction.self)
        case .sigmoid: map(SigmoidFunction.self)
        }
        func map<F: ElementFunction>(_ function: F.Type) {
            tape.forEachElement(count) { range in for i in range { y[i] = F.value(x[i]) } }
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let own = tape.exclusive(delta)
        let (x, target, count) = (tape.value(input), tape.floats(own), tape.count(output))
        switch activation {
        case .none: break
        case .relu: multiply(ReLUFunction.self)
        case .relu6: multiply(ReLU6Function.self)
        case .hardSwish: multiply(HardSwishFunction.self)
        case .hardSigmoid: multiply(HardSigmoidFunction.self)
        case .sigmoid: multiply(SigmoidFunction.self)
        }
        func multiply<F: ElementFunction>(_ function: F.Type) {
            tape.forEachElement(count) { range in for i in range { target[i] *= F.slope(x[i]) } }
        }
        tape.hand(own, to: input)
    }
}
