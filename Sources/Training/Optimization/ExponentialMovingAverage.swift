/// A running average of the parameters, which generalizes better than the last of them (Polyak and Juditsky 1992).
///
/// a ← d·a + (1 − d)·w with d = min(decay, (1 + t) / (10 + t)) at update t, so that the first, random, weights are soon
/// forgotten. Statistics are averaged too.
public struct ExponentialMovingAverage: Sendable, Hashable {
    /// The decay that is reached in the end.
    public var decay: Float
    /// The number of updates so far.
    public private(set) var updates: Int
    /// The average of each parameter.
    public private(set) var values: [[Float]]

    /// An average that begins with some parameters.
    public init(parameters: [TrainingParameter], decay: Float = 0.999) {
        self.init(decay: decay, updates: 0, values: parameters.map(\.values))
    }

    /// An average in progress, from a checkpoint.
    public init(decay: Float, updates: Int, values: [[Float]]) {
        precondition((0..<1).contains(decay) && updates >= 0, "a decay below 1")
        self.decay = decay
        self.updates = updates
        self.values = values
    }

    /// Takes the parameters in.
    public mutating func update(_ parameters: [TrainingParameter]) {
        precondition(parameters.count == values.count, "one of each")
        let decay = min(decay, Float(1 + updates) / Float(10 + updates))
        updates += 1
        for index in parameters.indices {
            precondition(parameters[index].values.count == values[index].count, "one of each")
            values[index].withUnsafeMutableBufferPointer { average in
                parameters[index].values.withUnsafeBufferPointer { current in
                    for i in average.indices { average[i] += (1 - decay) * (current[i] - average[i]) }
                }
            }
        }
    }

    /// The parameters with the average in place of their values.
    public func averaged(_ parameters: [TrainingParameter]) -> [TrainingParameter] {
        var parameters = parameters
        for index in parameters.indices { parameters[index].values = values[index] }
        return parameters
    }
}
