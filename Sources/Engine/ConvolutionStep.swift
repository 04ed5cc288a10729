import Networks

/// A convolution as a step does it.
struct ConvolutionStep {
    /// In which numbers it multiplies.
    enum Arithmetic: Equatable {
        case float32
        /// Floats rounded to bfloat16.
        ///
        /// - joins: Whether it can be part of a bottleneck, take over a sum or the scaling of its input's channels.
        case bfloat16(joins: Bool)
        case int8
    }

    /// The index of its layer.
    var layer: Int
    /// Its window, weights and activation.
    var convolution: Convolution
    var arithmetic: Arithmetic
    /// Whether the channels of its input are multiplied by factors first.
    var scalesChannels = false
    /// The activation of the sum that is done where it stores its result; nil for no sum.
    var sum: Activation?
    /// How it is computed; nil until `MethodChoice` has chosen.
    var method: Method?
    /// Of bytes: a function of its result, looked up where it was stored.
    var lookup: Activation?

    /// Whether it multiplies in bfloat16.
    var isBFloat16: Bool {
        if case .bfloat16 = arithmetic { true } else { false }
    }

    /// Whether other layers can become part of it: floats, in an arithmetic whose kernels know how.
    var joins: Bool {
        switch arithmetic {
        case .float32, .bfloat16(joins: true): true
        case .bfloat16(joins: false), .int8: false
        }
    }

    /// Whether each output pixel is made of one input pixel, by floats that other layers can join.
    var isJoiningPointwise: Bool {
        joins && convolution.grouping == .dense && convolution.window == Window(kernel: 1)
    }
}
