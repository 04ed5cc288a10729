/// An affine map from bytes to reals: real = scale · (q − zeroPoint) (Jacob et al., arXiv 1712.05877, equation 1).
public struct Quantization: Sendable, Hashable {
    /// The real distance of two neighbouring bytes; positive and finite.
    public let scale: Float
    /// The byte that stands for 0, within 0…255.
    public let zeroPoint: Int

    /// 0…1 in steps of 1/255.
    package static let unit = Quantization(valid: 1 / 255, zeroPoint: 0)

    private init(valid scale: Float, zeroPoint: Int) {
        self.scale = scale
        self.zeroPoint = zeroPoint
    }

    /// Nil unless the scale is positive and finite and the zero point is a byte.
    public init?(scale: Float, zeroPoint: Int) {
        guard scale.isFinite, scale > 0, (0...255).contains(zeroPoint) else { return nil }
        self.scale = scale
        self.zeroPoint = zeroPoint
    }

    /// The real value that `q` stands for.
    public func real(_ q: UInt8) -> Float { scale * Float(Int(q) - zeroPoint) }

    /// The byte nearest to `real`: halves round away from zero, values outside saturate, NaN gives the zero point.
    public func quantized(_ real: Float) -> UInt8 {
        let q = (real / scale).rounded(.toNearestOrAwayFromZero) + Float(zeroPoint)
        guard q == q else { return UInt8(zeroPoint) }
        return UInt8(min(max(q, 0), 255))
    }
}
