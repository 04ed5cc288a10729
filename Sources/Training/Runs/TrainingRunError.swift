import ModelFiles

/// Why a training run cannot begin or go on.
public enum TrainingRunError: Error, Sendable {
    /// A step failed.
    case trainer(TrainerError)
    /// The loss of a step, counted from 1, is no longer a number, or it is, but that of the last steps is many times what an
    /// untrained network has. The newest checkpoint is that of another step.
    case diverged(step: Int, loss: Double?, untrained: Double, checkpoint: Int)
    /// The run's folder cannot be used.
    case directory(CheckpointError)
    /// The evaluation failed.
    case evaluation(DetectorEvaluationError)
    /// A detector cannot be written.
    case model(ModelFileError)
    /// The network cannot be built.
    case network(String)
}

extension TrainingRunError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .trainer(let error): "\(error)"
        case .diverged(let step, let loss?, let untrained, _):
            "training has diverged by step \(step): the loss is \(whole(loss)), where a network that knows nothing has "
                + "about \(whole(untrained))"
        case .diverged(let step, nil, _, _): "training has diverged by step \(step): the loss is no longer a number"
        case .directory(let error): "\(error)"
        case .evaluation(let error): "\(error)"
        case .model(let error): "\(error)"
        case .network(let reason): "the network cannot be built: \(reason)"
        }
    }

    /// A number without decimals, of any size.
    private func whole(_ value: Double) -> String { value < 1e15 ? String(Int(value.rounded())) : "\(value)" }
}
