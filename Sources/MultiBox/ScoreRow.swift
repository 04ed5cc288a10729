/// Arithmetic on one row of scores, a vector at a time.
///
/// The package is compiled for the baseline of the architecture, so vectors are halved or quartered there; the loops are
/// written so that they stay in registers.
package enum ScoreRow {
    /// Numbers of a vector.
    package static var lanes: Int { 8 }

    /// The largest of `count` numbers, −∞ if there is none; NaN is passed over.
    @inline(__always)
    package static func maximum(_ row: UnsafePointer<Float>, count: Int) -> Float {
        var best = -Float.infinity
        var index = 0
        if count >= lanes {
            var a = load(row)
            // A NaN in the first vector would stay: every comparison with it is false.
            a = a.replacing(with: -.infinity, where: a .!= a)
            index = lanes
            while index + lanes <= count {
                let b = load(row + index)
                a = a.replacing(with: b, where: b .> a)
                index += lanes
            }
            // The last vector overlaps what was seen, which does no harm to a maximum.
            let b = load(row + count - lanes)
            a = a.replacing(with: b, where: b .> a)
            let low = a.lowHalf
            let high = a.highHalf
            let half = low.replacing(with: high, where: high .> low)
            best = max(max(half[0], half[1]), max(half[2], half[3]))
        } else {
            while index < count {
                if row[index] > best { best = row[index] }
                index += 1
            }
        }
        return best
    }

    /// Whether one of `count` numbers is NaN.
    @inline(__always)
    package static func hasNaN(_ row: UnsafePointer<Float>, count: Int) -> Bool {
        var index = 0
        var found = SIMDMask<SIMD8<Int32>>(repeating: false)
        while index + lanes <= count {
            let values = load(row + index)
            found .|= values .!= values
            index += lanes
        }
        if any(found) { return true }
        while index < count {
            if row[index].isNaN { return true }
            index += 1
        }
        return false
    }

    /// Writes e^(x − `maximum`) of a row of `count` numbers to `output`, which has room for a vector more, and gives their
    /// sum: NaN if one is not finite, which no score then survives.
    package static func exponentials(
        _ row: UnsafePointer<Float>, count: Int, minus maximum: Float, into output: UnsafeMutablePointer<Float>
    ) -> Float {
        var sum = SIMD8<Float>(repeating: 0)
        var index = 0
        while index + lanes <= count {
            let e = exponential(load(row + index) - maximum)
            UnsafeMutableRawPointer(output + index).storeBytes(of: e, as: SIMD8<Float>.self)
            sum += e
            index += lanes
        }
        if index < count {
            var rest = SIMD8<Float>(repeating: -.infinity)
            for lane in 0..<(count - index) { rest[lane] = row[index + lane] - maximum }
            let e = exponential(rest)
            UnsafeMutableRawPointer(output + index).storeBytes(of: e, as: SIMD8<Float>.self)
            sum += e
        }
        return sum.sum()
    }

    /// e^x for x ≤ 0, within 3·10⁻⁷ of it; 0 below −87 (1.6·10⁻³⁸), NaN for NaN.
    ///
    /// x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^r by its series to r⁶, whose remainder is below 2⁻²³; 2ⁿ from its exponent bits.
    @inline(__always)
    static func exponential(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let clamped = x.replacing(with: -87, where: x .< -87)
        // Adding 1.5 · 2²³ leaves the rounded integer in the low bits of the significand.
        let shifted = clamped * 1.442_695_04 + 12_582_912
        let n = shifted - 12_582_912
        // ln 2 in two parts, the first with trailing zeros, so that n times it is exact.
        let r = clamped - n * 0.693_359_375 - n * -2.121_944_4e-4
        var p = r * (1 / 720) + (1 / 120)
        p = p * r + (1 / 24)
        p = p * r + (1 / 6)
        p = p * r + 0.5
        p = p * r + 1
        p = p * r + 1
        let exponent = (unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &+ 127) &<< 23
        let scaled = p * unsafeBitCast(exponent, to: SIMD8<Float>.self)
        return scaled.replacing(with: 0, where: x .< -87)
    }

    /// Whether one of the `lanes` numbers at `values` is at least `bound`; NaN is not.
    @inline(__always)
    static func anyReaches(_ bound: Float, _ values: UnsafePointer<Float>) -> Bool { any(load(values) .>= bound) }

    @inline(__always)
    private static func load(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
        UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
    }
}
