import Serving
import Synchronization

/// Which requests are logged where they are too many: all that failed or were slow, and one of so many others.
///
/// The lines that stand for others say for how many, so that counts can be made of them.
final class LogSampling: Sendable {
    /// What becomes of a request's line.
    enum Choice: Sendable, Hashable {
        /// It is written, whatever the rate.
        case always
        /// It is written and stands for so many.
        case oneOf(Int)
        /// Another line stands for it.
        case leftOut
    }

    private let rate: Int
    private let slow: Duration
    private let successes = Atomic(0)

    /// - Parameters:
    ///   - rate: of how many successes one is logged; at least 1.
    ///   - slow: from which duration on a request is logged anyway.
    init(rate: Int = 1, slow: Duration = .seconds(1)) {
        precondition(rate > 0)
        (self.rate, self.slow) = (rate, slow)
    }

    /// What becomes of the line of a request.
    func choose(_ record: AccessRecord) -> Choice {
        guard rate > 1, record.status < 400, record.duration < slow else { return .always }
        let number = successes.wrappingAdd(1, ordering: .relaxed).oldValue
        return number % rate == 0 ? .oneOf(rate) : .leftOut
    }
}
