import Datasets
import Evaluation
import Engine

/// Why a detector cannot be evaluated on a dataset.
public enum DetectorEvaluationError: Error, Sendable {
    /// A photo cannot be used.
    case dataset(DatasetError)
    /// The model cannot be run.
    case engine(EngineError)
    /// Boxes that are not finite, or numbers of photos that are not unique.
    case evaluation(EvaluationError)
}

extension DetectorEvaluationError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .dataset(let error): "\(error)"
        case .engine(let error): "the model cannot be run: \(error)"
        case .evaluation(let error): "the detections cannot be evaluated: \(error)"
        }
    }
}
