/// Keeps the length of the gradient, taken over all parameters, within a bound (Pascanu et al. 2013): one bad batch cannot
/// throw the weights far.
public struct GradientClipping: Sendable, Hashable {
    /// The greatest length.
    public var maximumNorm: Float

    /// A bound on the length; positive.
    public init(maximumNorm: Float) {
        precondition(maximumNorm > 0, "a length")
        self.maximumNorm = maximumNorm
    }

    /// The length of a gradient: the root of the sum of all squares.
    public static func norm(_ gradients: [[Float]]) -> Float {
        var sum = 0.0
        for gradient in gradients {
            gradient.withUnsafeBufferPointer { values in
                for value in values { sum += Double(value) * Double(value) }
            }
        }
        return Float(sum.squareRoot())
    }

    /// Scales a gradient that is too long to the greatest length.
    ///
    /// - Returns: the length before. One that is not finite is returned as it is, and nothing is scaled.
    @discardableResult
    public func callAsFunction(_ gradients: inout [[Float]]) -> Float {
        let norm = Self.norm(gradients)
        guard norm.isFinite, norm > maximumNorm else { return norm }
        let factor = maximumNorm / norm
        for index in gradients.indices {
            gradients[index].withUnsafeMutableBufferPointer { values in
                for i in values.indices { values[i] *= factor }
            }
        }
        return norm
    }
}
