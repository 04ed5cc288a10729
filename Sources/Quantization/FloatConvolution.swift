import Networks

/// A convolution whose float weights are scaled channel by channel.
struct FloatConvolution {
    private let original: Convolution
    private let ids: (weights: ParameterID, bias: ParameterID?)
    private var weights: [Float]
    private var bias: [Float]
    private let inputChannels: Int

    /// Nil for a convolution of bytes.
    init?(_ convolution: Convolution, _ parameters: ParameterStore) {
        guard case .float32(let weights, let bias) = convolution.parameters else { return nil }
        original = convolution
        ids = (weights, bias)
        self.weights = parameters.values(weights)
        self.bias = parameters.values(bias)
        let taps = convolution.window.kernelHeight * convolution.window.kernelWidth
        inputChannels =
            convolution.grouping == .dense
            ? self.weights.count / convolution.outputChannels / taps
            : convolution.outputChannels
    }

    /// Puts the weights as they are now in the place of those that there were.
    func store(in parameters: inout ParameterStore) {
        parameters[ids.weights].values = weights
        if let id = ids.bias { parameters[id].values = bias }
    }

    /// The largest magnitude among the weights of each output channel.
    var largestByOutput: [Float] { largest(channels: original.outputChannels, outputChannel) }

    /// The largest magnitude among the weights of each input channel.
    var largestByInput: [Float] { largest(channels: inputChannels) { $0 % inputChannels } }

    /// Multiplies each output channel.
    mutating func scaleOutputs(_ scales: [Float]) {
        for index in weights.indices { weights[index] *= scales[outputChannel(index)] }
        for channel in bias.indices { bias[channel] *= scales[channel] }
    }

    /// Multiplies what is done with each input channel.
    mutating func scaleInputs(_ scales: [Float]) {
        for index in weights.indices { weights[index] *= scales[index % inputChannels] }
    }

    private func outputChannel(_ index: Int) -> Int {
        original.grouping == .dense ? index / (weights.count / original.outputChannels) : index % inputChannels
    }

    private func largest(channels: Int, _ channel: (Int) -> Int) -> [Float] {
        var largest = [Float](repeating: 0, count: channels)
        for (index, weight) in weights.enumerated() {
            largest[channel(index)] = max(largest[channel(index)], weight.magnitude)
        }
        return largest
    }
}
