import Networks

/// A plain function f of each element: ∂L/∂x = ∂L/∂y · f′(x).
struct ElementwiseGradient<Function: ElementwiseOperation>: LayerGradient {
    let input: Int, output: Int
    let function: Function

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [input] }
    static var passesGradientOn: Bool { true }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (x, y) = (tape.value(input), tape.makeValue(output))
        tape.forEachElement(tape.count(output)) { range in for i in range { y[i] = function.value(x[i]) } }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let own = tape.exclusive(delta)
        let (x, target) = (tape.value(input), tape.floats(own))
        tape.forEachElement(tape.count(output)) { range in for i in range { target[i] *= function.slope(x[i]) } }
        tape.hand(own, to: input)
    }
}

extension SiLU: DifferentiableOperation {
    func gradient(input: Int, output: Int) -> any LayerGradient {
        ElementwiseGradient(input: input, output: output, function: self)
    }
}

extension ELU: DifferentiableOperation {
    func gradient(input: Int, output: Int) -> any LayerGradient {
        ElementwiseGradient(input: input, output: output, function: self)
    }
}

extension LeakyReLU: DifferentiableOperation {
    func gradient(input: Int, output: Int) -> any LayerGradient {
        ElementwiseGradient(input: input, output: output, function: self)
    }
}
