/// What lets a quantized convolution of 3×3, stride 1, be computed by Winograd's F(2×2, 3×3) in bytes, with 2.25 times fewer
/// multiplications (Lavin and Gray, arXiv 1509.09308).
///
/// A tile d of 4×4 inputs becomes Bᵀ d B, whose numbers are up to four times as large, and is rounded to bytes again: the
/// number at each of the 16 positions times the position's factor. Calibration chooses the factors. The transformed weights
/// are rounded to bytes as well, so the result is near that of the convolution itself and not the same.
public struct WinogradFactors: Sendable, Hashable {
    /// Positions of a transformed tile.
    public static let count = 16

    /// The factors, position (y, x) at 4 y + x, in units of 2⁻¹⁵; 1…32767 each.
    public let values: [Int16]

    /// Nil unless there are 16 values, each 1…32767.
    public init?(_ values: [Int]) {
        guard values.count == Self.count, values.allSatisfy({ (1...Int(Int16.max)).contains($0) }) else { return nil }
        self.values = values.map(Int16.init)
    }

    /// Factors that make a byte of the largest magnitude at each position, 127 / magnitude, though at most 1.
    ///
    /// - Parameter magnitudes: of transformed tiles, 16 values, in steps of the input's bytes.
    package init(magnitudes: [Float]) {
        precondition(magnitudes.count == Self.count, "one magnitude a position")
        values = magnitudes.map { magnitude in
            let factor = (127 / max(magnitude, 1) * 0x1p15).rounded(.down)
            return Int16(min(max(factor, 1), Float(Int16.max)))
        }
    }

    /// Whether a convolution can be computed so.
    package static func suit(_ convolution: Convolution) -> Bool {
        let window = convolution.window
        return convolution.grouping == .dense && window.kernelHeight == 3 && window.kernelWidth == 3
            && window.strideY == 1 && window.strideX == 1 && window.dilationY == window.dilationX
    }
}
