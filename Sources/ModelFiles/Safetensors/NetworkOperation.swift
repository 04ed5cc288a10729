import Networks

/// The names of operations in a model file; plain ones name themselves.
enum NetworkOperation: String {
    case convolution
    case depthwiseConvolution = "depthwise_convolution"
    case maxPooling = "max_pooling"
    case averagePooling = "average_pooling"
    case activation
    case add
    case multiply
    case scaleChannels = "scale_channels"
    case concatenation
    case reshape
    case softmax
    case l2Normalization = "l2_normalization"
    case batchNormalization = "batch_normalization"
    case convert

    /// The name of an operation.
    static func name(of operation: Operation) -> String {
        let named: NetworkOperation
        switch operation {
        case .convolution(let convolution):
            named = convolution.grouping == .dense ? .convolution : .depthwiseConvolution
        case .maxPooling: named = .maxPooling
        case .averagePooling: named = .averagePooling
        case .activation: named = .activation
        case .add: named = .add
        case .multiply: named = .multiply
        case .scaleChannels: named = .scaleChannels
        case .concatenation: named = .concatenation
        case .reshape: named = .reshape
        case .softmax: named = .softmax
        case .l2Normalization: named = .l2Normalization
        case .batchNormalization: named = .batchNormalization
        case .convert: named = .convert
        case .plain(let operation): return type(of: operation).kind
        }
        return named.rawValue
    }

    /// How many inputs it takes.
    var inputCount: ClosedRange<Int> {
        switch self {
        case .add, .multiply, .scaleChannels: 2...2
        case .concatenation: 1...NetworkBuilder.maximumInputs
        default: 1...1
        }
    }
}
