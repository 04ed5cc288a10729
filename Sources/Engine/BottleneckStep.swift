import Networks

/// A bottleneck: a depthwise convolution with a pointwise one before it, after it, or both. What lies between never exists as a
/// whole.
struct BottleneckStep {
    /// The pointwise convolution before it.
    var expand: ConvolutionStep?
    var depthwise: ConvolutionStep
    /// The pointwise convolution after it.
    var project: ConvolutionStep?

    /// Whether its pointwise convolutions multiply in bfloat16.
    var isBFloat16: Bool { (expand ?? project)?.isBFloat16 ?? false }

    /// The convolution that makes its result, and takes over a sum.
    var last: ConvolutionStep {
        get { project ?? depthwise }
        set {
            if project == nil { depthwise = newValue } else { project = newValue }
        }
    }

    /// Its convolutions, in their order.
    var convolutions: [ConvolutionStep] { [expand, depthwise, project].compactMap { $0 } }
}
