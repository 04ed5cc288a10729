/// A convolution: its window, its weights and what follows it.
public struct Convolution: Sendable {
    /// Every input channel feeds every output channel, or each channel has a kernel of its own.
    public enum Grouping: Sendable {
        /// One group. Weights are [output channels, kernel height, kernel width, input channels] (OHWI).
        case dense
        /// As many groups as channels, one output a group. Weights are [kernel height, kernel width, channels].
        case depthwise
    }

    /// Weights and bias, in the arithmetic they are meant for.
    public enum Parameters: Sendable {
        /// Single-precision weights and, if it has one, a bias, both in the network's store.
        case float32(weights: ParameterID, bias: ParameterID?)
        /// Weights q that stand for scale · (q − zeroPoint), one scale for all output channels or one for each; the
        /// bias counts in units of input scale · weight scale.
        case int8(weights: [Int8], zeroPoint: Int, scales: [Float], bias: [Int32])
    }

    /// The sliding window.
    public var window: Window
    /// Dense or depthwise.
    public var grouping: Grouping
    /// Channels of the output; equal to the input's for a depthwise convolution.
    public var outputChannels: Int
    /// Weights and bias.
    public var parameters: Parameters
    /// What is applied to the sum.
    public var activation: Activation
    /// With int8 weights: how it is computed by Winograd's method, on every instruction set; nil for plain sums.
    public var winograd: WinogradFactors?

    /// A convolution; `NetworkBuilder` checks it against its input.
    public init(
        window: Window, grouping: Grouping, outputChannels: Int, parameters: Parameters, activation: Activation,
        winograd: WinogradFactors? = nil
    ) {
        self.window = window
        self.grouping = grouping
        self.outputChannels = outputChannels
        self.parameters = parameters
        self.activation = activation
        self.winograd = winograd
    }

    /// The shape of the weights over an input of so many channels.
    package func weightShape(inputChannels: Int) -> [Int] {
        Self.weightShape(window, grouping, outputChannels: outputChannels, inputChannels: inputChannels)
    }

    /// The shape of the weights of a convolution.
    static func weightShape(
        _ window: Window, _ grouping: Grouping, outputChannels: Int, inputChannels: Int
    ) -> [Int] {
        let kernel = [window.kernelHeight, window.kernelWidth]
        return grouping == .dense ? [outputChannels] + kernel + [inputChannels] : kernel + [outputChannels]
    }

    /// A bias with a value for each output channel: zeros where there is none.
    package func filled<Value: ExpressibleByIntegerLiteral>(_ bias: [Value]) -> [Value] {
        bias.isEmpty ? [Value](repeating: 0, count: outputChannels) : bias
    }
}
