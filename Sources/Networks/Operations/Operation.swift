/// What a layer does to its inputs.
public enum Operation: Sendable {
    /// Convolution with bias and activation.
    case convolution(Convolution)
    /// The largest element of each window; padding takes no part.
    case maxPooling(Window)
    /// The mean of each window over the positions inside the input or, with `countPadding`, over all of them.
    case averagePooling(Window, countPadding: Bool)
    /// A function of each element.
    case activation(Activation)
    /// Element-wise sum of two inputs of one shape, then the activation.
    case add(Activation)
    /// Element-wise product of two float inputs of one shape.
    case multiply
    /// Each channel of a feature map times its own factor, the second input of shape 1×1×channels (the excitation
    /// of squeeze-and-excitation, arXiv 1709.01507).
    case scaleChannels
    /// Joins inputs that differ only in the extent of `axis`.
    case concatenation(axis: Int)
    /// The same elements in another shape.
    case reshape
    /// eˣ over its sum along the innermost extent.
    case softmax
    /// Each pixel scaled to unit length over its channels, times a scale a channel (ParseNet, arXiv 1506.04579).
    case l2Normalization(scale: ParameterID, epsilon: Float)
    /// Batch normalization: each channel of a feature map is brought to a learned mean and deviation.
    case batchNormalization(BatchNormalization)
    /// The same values with another element type.
    case convert
    /// One that no pass looks into.
    case plain(any PlainOperation)

    /// The word for it in tables and errors.
    public var kind: String {
        switch self {
        case .convolution(let convolution):
            switch convolution.grouping {
            case .dense: "convolution"
            case .depthwise: "depthwise"
            }
        case .maxPooling: "max pooling"
        case .averagePooling: "average pooling"
        case .activation: "activation"
        case .add: "add"
        case .multiply: "multiply"
        case .scaleChannels: "scale channels"
        case .concatenation: "concatenation"
        case .reshape: "reshape"
        case .softmax: "softmax"
        case .l2Normalization: "L2 normalization"
        case .batchNormalization: "batch normalization"
        case .convert: "convert"
        case .plain(let operation): type(of: operation).kind
        }
    }
}
