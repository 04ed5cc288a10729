import Networks
import CKernels

/// The convolutions of a network that compute in bfloat16.
struct BFloat16Convolutions {
    /// Indices of their layers.
    let layers: Set<Int>
    /// Those of them that can be part of a step of several layers.
    let joining: Set<Int>

    /// No convolution does.
    static let none = Self(layers: [], joining: [])

    private init(layers: Set<Int>, joining: Set<Int>) {
        self.layers = layers
        self.joining = joining
    }

    /// The dense float convolutions of a network that are faster so, or all of them.
    init(network: Network, instructionSet: InstructionSet, all: Bool) {
        let layers = Set(
            network.layers.indices.filter { index in
                let layer = network.layers[index]
                guard case .convolution(let convolution) = layer.operation, convolution.grouping == .dense,
                    case .float32 = convolution.parameters
                else { return false }
                var shape = network.kernelShape(of: convolution.window, in: layer)
                return all || ck_convolution_bf16_is_faster(instructionSet.kernel, &shape) != 0
            })
        let joining = layers.filter { index in
            let layer = network.layers[index]
            guard case .convolution(let convolution) = layer.operation else { return false }
            var shape = network.kernelShape(of: convolution.window, in: layer)
            return ck_convolution_bf16_joins(instructionSet.kernel, &shape) != 0
        }
        self.init(layers: layers, joining: joining)
    }
}
