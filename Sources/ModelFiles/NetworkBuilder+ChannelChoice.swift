import Networks

extension NetworkBuilder {
    /// Adds a float map of some of a map's channels: a convolution of one pixel whose weights are 1 and 0.
    mutating func choosingChannels(
        _ channels: Range<Int>, of x: TensorID, name: String
    ) throws(NetworkError) -> TensorID {
        let count = self[x].shape.channels
        var weights = [Float](repeating: 0, count: channels.count * count)
        for (row, channel) in channels.enumerated() { weights[row * count + channel] = 1 }
        let convolution = Convolution(
            window: Window(kernel: 1), grouping: .dense, outputChannels: channels.count,
            parameters: floats(weights: weights), activation: .none)
        return try self.convolution(x, convolution, name: name)
    }
}
