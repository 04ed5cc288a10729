/// How a parameter begins.
public enum ParameterInitialization: Sendable, Hashable {
    /// One number.
    case constant(Float)
    /// Normally distributed about 0. With a deviation of √(2 / inputs of a sum) a rectified layer keeps the spread of what
    /// goes through it (He et al. 2015).
    case normal(deviation: Float)

    func values(count: Int, using random: inout RandomStream) -> [Float] {
        switch self {
        case .constant(let value): return [Float](repeating: value, count: count)
        case .normal(let deviation): return (0..<count).map { _ in random.normal() * deviation }
        }
    }
}
