/// Why a training run cannot begin or go on.
public enum TrainingRunError: Error, Sendable {
    /// A step failed.
    case trainer(TrainerError)
    /// The run's folder cannot be used.
    case directory(CheckpointError)
    /// The evaluation failed.
    case evaluation(DetectorEvaluationError)
    /// The network cannot be built.
    case network(String)
}

extension TrainingRunError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .trainer(let error): "\(error)"
        case .directory(let error): "\(error)"
        case .evaluation(let error): "\(error)"
        case .network(let reason): "the network cannot be built: \(reason)"
        }
    }
}
