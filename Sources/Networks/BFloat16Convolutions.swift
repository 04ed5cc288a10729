import CKernels

/// The convolutions of a network that compute in bfloat16.
struct BFloat16Convolutions {
    /// Indices of their layers.
    let layers: Set<Int>

    /// No convolution does.
    static let none = Self(layers: [])

    private init(layers: Set<Int>) { self.layers = layers }

    /// The dense float convolutions of a network that are faster so, or all of them.
    init(network: Network, instructionSet: InstructionSet, all: Bool) {
        layers = Set(
            network.layers.indices.filter { index in
                let layer = network.layers[index]
                guard case .convolution(let convolution) = layer.operation, convolution.grouping == .dense,
                    case .float32 = convolution.parameters
                else { return false }
                var shape = network.kernelShape(of: convolution.window, in: layer)
                return all || ck_convolution_bf16_is_faster(instructionSet.kernel, &shape) != 0
            })
    }
}
