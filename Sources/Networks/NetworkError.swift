/// Why a network cannot be built or compiled: what a model file got wrong, in numbers and names.
public enum NetworkError: Error, Equatable, Sendable {
    /// Extents that are no tensor's: not positive, too many, or a product too large.
    case invalidShape([Int])
    /// A layer got an input of a shape it cannot take.
    case unexpectedShape(layer: String, found: String, expected: String)
    /// A parameter array has another length than the layer's shape asks for.
    case parameterCount(layer: String, parameter: String, found: Int, expected: Int)
    /// The source of an architecture's parameters has none of this name.
    case missingParameter(name: String)
    /// The parameter of this name has another shape than the architecture's.
    case parameterShape(name: String, found: [Int], expected: [Int])
    /// A number of the layer (a stride, a kernel size, a scale) is outside what makes sense.
    case invalidParameter(layer: String, parameter: String, reason: String)
    /// Element types that do not fit together: a float layer on quantized input, say.
    case elementType(layer: String, reason: String)
    /// The network has more layers than `limit`.
    case tooManyLayers(limit: Int)
    /// The parameters or the buffers need more bytes than `limit`.
    case tooMuchMemory(bytes: Int, limit: Int)
    /// The system does not give as many bytes.
    case outOfMemory(bytes: Int)
    /// The instruction set that was asked for is not on this machine.
    case instructionSetUnavailable(String)
}

extension NetworkError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .invalidShape(let dimensions):
            "a tensor of shape [\(dimensions.map(String.init).joined(separator: ", "))] is not possible"
        case .unexpectedShape(let layer, let found, let expected):
            "layer \(layer): its input has shape \(found), expected \(expected)"
        case .parameterCount(let layer, let parameter, let found, let expected):
            "layer \(layer): \(parameter) has \(found) values, expected \(expected)"
        case .missingParameter(let name):
            "the parameter \(name) is missing"
        case .parameterShape(let name, let found, let expected):
            "the parameter \(name) has shape \(found), expected \(expected)"
        case .invalidParameter(let layer, let parameter, let reason):
            "layer \(layer): \(parameter) \(reason)"
        case .elementType(let layer, let reason):
            "layer \(layer): \(reason)"
        case .tooManyLayers(let limit):
            "the network has more than \(limit) layers"
        case .tooMuchMemory(let bytes, let limit):
            "the network needs \(bytes) bytes, more than the limit of \(limit)"
        case .outOfMemory(let bytes):
            "the system has no \(bytes) bytes of memory left for the network"
        case .instructionSetUnavailable(let name):
            "the instruction set \(name) is not available on this machine"
        }
    }
}
