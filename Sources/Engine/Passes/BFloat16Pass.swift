import CKernels
import Networks

/// Dense float convolutions whose products are faster in bfloat16 compute so:
///
///     convolution (float32)  becomes  convolution (bfloat16)
///
/// Inputs and weights are rounded to 8 bits of mantissa; sums stay single precision.
struct BFloat16Pass: Pass {
    static let name = "bfloat16"

    let instructionSet: InstructionSet
    /// Whether all of them do, and not only those that are faster so.
    let takesAll: Bool

    func rewrite(_ graph: inout StepGraph) -> [Int] {
        let isa = instructionSet.kernel
        return graph.indices.filter { slot in
            guard var step = graph[slot], case .convolution(var convolution) = step.operation,
                convolution.arithmetic == .float32, convolution.convolution.grouping == .dense
            else { return false }
            var shape = graph.network.kernelShape(
                of: convolution.convolution.window, in: graph.network.layers[convolution.layer])
            var layer = ck_layer_f32(&shape, 0, Int(shape.input_channels))
            guard takesAll || ck_bf16_is_faster(isa, &layer) != 0,
                let method = Method(CK_ELEMENT_BF16, layer, isa)
            else { return false }
            convolution.arithmetic = .bfloat16(joins: method.joins)
            step.operation = .convolution(convolution)
            graph.replace(slot, by: step)
            return true
        }
    }
}
