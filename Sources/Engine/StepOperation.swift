import Networks

/// What a step does to its inputs.
enum StepOperation {
    /// What its one layer says.
    case layer(Operation)
    /// A convolution, and what was joined to it. Inputs: the map; then the factors of its channels and the other side of the
    /// sum, where there are any.
    case convolution(ConvolutionStep)
    /// A depthwise convolution with the pointwise ones around it. Inputs: the map; then the other side of the sum, if any.
    case bottleneck(BottleneckStep)
    /// A function of quantized elements and their dequantization in one look-up.
    case dequantizedActivation(Activation)

    /// Its convolutions, in their order.
    var convolutions: [ConvolutionStep] {
        switch self {
        case .convolution(let convolution): [convolution]
        case .bottleneck(let bottleneck): bottleneck.convolutions
        case .layer, .dequantizedActivation: []
        }
    }
}
