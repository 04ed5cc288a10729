import MultiBox

/// Why a detector's parts do not fit together.
public enum DetectionModelError: Error, Sendable {
    /// The default boxes, the coder or the post-processing's configuration.
    case postProcessing(MultiBoxError)
    /// The network's input is not what the preprocessing makes.
    case input(found: String, expected: String)
    /// The preprocessing does not have a finite factor and a finite summand for each of the three channels.
    case normalization(scales: Int, biases: Int)
    /// An output has another shape than the default boxes and classes ask for, or is not float.
    case output(name: String, found: String, expected: String)
}

extension DetectionModelError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .postProcessing(let error): "the post-processing cannot be used: \(error)"
        case .input(let found, let expected): "the network's input is \(found), expected \(expected)"
        case .normalization(let scales, let biases):
            "the preprocessing has \(scales) scales and \(biases) biases, expected 3 finite ones of each"
        case .output(let name, let found, let expected): "the network's \(name) are \(found), expected \(expected)"
        }
    }
}
