import MultiBox

/// Why a detector cannot be run: its parts do not fit together.
public enum EngineError: Error, Sendable {
    /// The network itself.
    case network(NetworkError)
    /// The default boxes, the coder or the post-processing's configuration.
    case postProcessing(MultiBoxError)
    /// The network's input is not what the preprocessing makes.
    case input(found: String, expected: String)
    /// The engine would take more memory than it may.
    case memory(EngineMemory, inUse: Int, limit: Int)
    /// An output has another shape than the default boxes and classes ask for, or is not float.
    case output(name: String, found: String, expected: String)
}

extension EngineError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .network(let error): error.description
        case .postProcessing(let error): "the post-processing cannot be used: \(error)"
        case .input(let found, let expected): "the network's input is \(found), expected \(expected)"
        case .memory(let memory, let inUse, let limit): "\(memory.need(inUse: inUse)), more than the limit of \(limit)"
        case .output(let name, let found, let expected): "the network's \(name) are \(found), expected \(expected)"
        }
    }
}
