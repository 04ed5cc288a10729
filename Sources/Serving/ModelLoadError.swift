/// Why an engine cannot be served.
public enum ModelLoadError: Error, Sendable, Hashable {
    /// The preprocessing does not have a factor and a summand for each of the three channels.
    case preprocessing(scales: Int, biases: Int)
}

extension ModelLoadError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .preprocessing(let scales, let biases):
            "the model's preprocessing has \(scales) scales and \(biases) biases, expected 3 of each"
        }
    }
}
