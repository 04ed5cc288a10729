import Networks
import Quantization

/// What a network will lose when it computes in bytes, made part of its training (Jacob et al., arXiv 1712.05877, section 3;
/// Krishnamoorthi, arXiv 1806.08342, section 3.2).
///
/// On the way forward weights are rounded to 8 bits, with a scale for each output channel, and so is what a layer of bytes
/// hands on, over the range of its batch. The way back takes the roundings for no change (the straight-through estimate of
/// Bengio et al., arXiv 1308.3432), so that what is trained are the floats behind them.
///
/// Batch normalization needs no special case: it multiplies a channel's weights by one number, which does not move the
/// levels that they lie on.
struct ByteSimulation {
    /// The kernel of a convolution.
    private struct Kernel {
        let parameter: Int
        let channels: Int
        let isDense: Bool
    }

    private let kernels: [Kernel]
    private let tensors: [Bool]

    /// The simulation of a network of floats.
    init(_ network: Network) {
        let readers = SoleReaders(network)
        var isConvolved = [Bool](repeating: false, count: network.tensors.count)
        for layer in network.layers {
            if case .convolution = layer.operation { isConvolved[layer.inputs[0].index] = true }
        }
        var tensors = [Bool](repeating: false, count: network.tensors.count)
        var kernels: [Kernel] = []
        for layer in network.layers {
            if case .convolution(let convolution) = layer.operation,
                case .float32(let weights, _) = convolution.parameters
            {
                kernels.append(
                    Kernel(
                        parameter: weights.index, channels: convolution.outputChannels,
                        isDense: convolution.grouping == .dense))
            }
            tensors[layer.output.index] = Self.becomesBytes(
                layer, readers[layer.output], isConvolved: isConvolved[layer.output.index])
        }
        self.kernels = kernels
        self.tensors = tensors
    }

    /// Whether what a layer makes is new values that an 8-bit network holds in bytes: not if the layer behind becomes part
    /// of it, nor where it only hands values on, nor where it computes in floats and no convolution reads it.
    ///
    /// What a curve such as hard-swish reads is bytes there too, and here not: a second rounding of the same values.
    private static func becomesBytes(_ layer: Layer, _ reader: Layer?, isConvolved: Bool) -> Bool {
        switch layer.operation {
        case .convolution:
            if case .batchNormalization = reader?.operation { return false }
            return true
        case .batchNormalization:
            if case .activation = reader?.operation { return false }
            return true
        case .activation, .add, .averagePooling(_, countPadding: false), .scaleChannels: return true
        case .plain(let operation): return !operation.keepsQuantization
        case .averagePooling, .multiply, .softmax, .l2Normalization: return isConvolved
        case .maxPooling, .concatenation, .reshape, .convert: return false
        }
    }

    /// Parameters as the bytes of their convolutions have them; the others as they are.
    func rounded(_ parameters: [TrainingParameter]) -> [TrainingParameter] {
        var result = parameters
        for kernel in kernels {
            let weights = parameters[kernel.parameter].values
            // What has diverged is for the loss to tell.
            guard weights.allSatisfy(\.isFinite) else { continue }
            result[kernel.parameter].values = ChannelScales(
                weights, channels: kernel.channels, isDense: kernel.isDense
            ).rounded(weights)
        }
        return result
    }

    /// Rounds what a step has made, if it is bytes.
    func round(_ tensor: Int, _ tape: GradientTape) {
        // What steps hand on between themselves has no place in the network.
        if tensor < tensors.count, tensors[tensor] { tape.roundToBytes(tensor) }
    }
}
