import Networks

/// Why a detector cannot be run.
public enum EngineError: Error, Sendable {
    /// The network cannot be compiled.
    case network(NetworkError)
    /// The parts of the detector do not fit together.
    case model(DetectionModelError)
    /// The engine would take more memory than it may.
    case memory(EngineMemory, inUse: Int, limit: Int)
}

extension EngineError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .network(let error): error.description
        case .model(let error): error.description
        case .memory(let memory, let inUse, let limit): "\(memory.need(inUse: inUse)), more than the limit of \(limit)"
        }
    }
}
