import Networks

/// The names of operations in a model file.
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
    init(_ operation: Operation) {
        self =
            switch operation {
            case .convolution(let convolution):
                switch convolution.grouping {
                case .dense: .convolution
                case .depthwise: .depthwiseConvolution
                }
            case .maxPooling: .maxPooling
            case .averagePooling: .averagePooling
            case .activation: .activation
            case .add: .add
            case .multiply: .multiply
            case .scaleChannels: .scaleChannels
            case .concatenation: .concatenation
            case .reshape: .reshape
            case .softmax: .softmax
            case .l2Normalization: .l2Normalization
            case .batchNormalization: .batchNormalization
            case .convert: .convert
            }
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
