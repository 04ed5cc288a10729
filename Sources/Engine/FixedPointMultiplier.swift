/// A positive real number as a 32-bit mantissa and a power of two: multiplier / 2³¹ · 2^shift, as TensorFlow Lite's
/// quantized kernels multiply (Jacob et al., arXiv 1712.05877, section 2.2).
struct FixedPointMultiplier: Equatable {
    /// The mantissa in Q31, 2³⁰ ≤ multiplier < 2³¹, or 0.
    let multiplier: Int32
    /// The exponent, −31…30.
    let shift: Int32

    /// The nearest fixed-point number to `real`, which is not negative; too small becomes 0, too large the largest.
    init(_ real: Double) {
        guard real.isFinite, real > 0 else {
            (multiplier, shift) = (0, 0)
            return
        }
        // real = significand · 2^exponent with 0.5 ≤ significand < 1.
        var exponent = Int(real.exponent) + 1
        let significand = real.significand / 2
        var mantissa = Int64((significand * 0x1p31).rounded(.toNearestOrAwayFromZero))
        if mantissa == 1 << 31 {
            mantissa /= 2
            exponent += 1
        }
        if exponent < -31 {
            (multiplier, shift) = (0, 0)
        } else if exponent > 30 {
            (multiplier, shift) = (.max, 30)
        } else {
            (multiplier, shift) = (Int32(mantissa), Int32(exponent))
        }
    }
}
