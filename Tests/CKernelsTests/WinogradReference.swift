import CKernels

/// Winograd's F(2×2, 3×3) in bytes as its definition says, one number after the other.
struct WinogradReference {
    private static let edge = 4
    private static let positions = 16
    private static let inputMatrix = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]
    /// Twice G.
    private static let weightMatrix = [[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]
    private static let outputMatrix = [[1, 1, 1, 0], [0, 1, -1, -1]]

    let layer: QuantizedLayer
    let factors: [Int16]
    private let channels: Int
    /// [output channel][position][input channel].
    private var weights: [[[Int]]] = []
    private var biases: [Int] = []
    private var multipliers: [(multiplier: Int32, shift: Int32)] = []

    init(layer: QuantizedLayer, factors: [Int16], channels: Int, outputChannels: Int) {
        self.layer = layer
        self.factors = factors
        self.channels = channels
        for output in 0..<outputChannels {
            // Four times G g Gᵀ.
            var transformed = [[Int]](repeating: [], count: Self.positions)
            for channel in 0..<channels {
                let taps = (0..<3).map { y in
                    (0..<3).map { Int(layer.weights[(output * 9 + 3 * y + $0) * channels + channel]) }
                }
                for (position, value) in Self.transform(taps, Self.weightMatrix).enumerated() {
                    transformed[position].append(value)
                }
            }
            let largest = transformed.map { values in values.map { abs($0) }.max() ?? 0 }
            // The position where weights divided by their factor are largest.
            var best = 0
            for position in 1..<Self.positions
            where largest[position] * Int(factors[best]) > largest[best] * Int(factors[position]) { best = position }
            let scale: (Int, Int) = largest[best] == 0 ? (1, 1) : (127 * Int(factors[best]), 8192 * largest[best])
            weights.append(
                transformed.enumerated().map { position, values in
                    guard largest[best] > 0 else { return values }
                    let divisor = Double(Int(factors[position]) * largest[best])
                    let byPosition = Double(127 * Int(factors[best])) / divisor
                    return values.map { Int((Double($0) * byPosition).rounded(.toNearestOrAwayFromZero)) }
                })
            let bias: Double = Double(Int(layer.bias?[output] ?? 0) * scale.0) / Double(scale.1)
            biases.append(Int(Int32(clamping: Int(bias.rounded(.toNearestOrAwayFromZero)))))
            multipliers.append(Self.quotient(layer.multipliers[output], layer.shifts[output], scale))
        }
    }

    /// multiplier / 2^31 · 2^shift divided by a fraction, as a number of the same form.
    private static func quotient(
        _ multiplier: Int32, _ shift: Int32, _ fraction: (Int, Int)
    ) -> (multiplier: Int32, shift: Int32) {
        let real = Double(Int(multiplier) * fraction.1) / Double(fraction.0)
        guard real > 0 else { return (0, 0) }
        var exponent = Int(real.exponent) + 1
        var mantissa = (real.significand * 0x1p30).rounded(.toNearestOrAwayFromZero)
        if mantissa == 0x1p31 { (mantissa, exponent) = (0x1p30, exponent + 1) }
        exponent += Int(shift) - 31
        return exponent < -31 ? (0, 0) : exponent > 30 ? (.max, 30) : (Int32(mantissa), Int32(exponent))
    }

    /// M x Mᵀ, row by row.
    private static func transform(_ x: [[Int]], _ matrix: [[Int]]) -> [Int] {
        matrix.flatMap { left in
            matrix.map { right in
                left.indices.reduce(0) { sum, y in
                    right.indices.reduce(sum) { $0 + left[y] * right[$1] * x[y][$1] }
                }
            }
        }
    }

    /// An image's output: [pixel][channel].
    func output(_ image: [UInt8], _ test: WindowCase) -> [UInt8] {
        let shape = test.shape
        let dilation = Int(shape.dilation_y)
        let (height, width) = (Int(shape.output_height), Int(shape.output_width))
        var result = [UInt8](repeating: 0, count: height * width * weights.count)
        // Tiles of a dilated convolution interleave: 2 × 2 pixels that are a dilation apart.
        func origins(_ extent: Int) -> [Int] { (0..<extent).filter { $0 / dilation % 2 == 0 } }
        for top in origins(height) {
            for left in origins(width) {
                let inputs = transformedInputs(
                    image, test, top - Int(shape.padding_top), left - Int(shape.padding_left))
                for channel in weights.indices {
                    var sums = (0..<Self.positions).map { position in
                        zip(inputs[position], weights[channel][position]).reduce(0) { $0 + $1.0 * $1.1 }
                    }
                    sums[5] += biases[channel]
                    let rows = (0..<Self.edge).map { Array(sums[$0 * Self.edge..<($0 + 1) * Self.edge]) }
                    for (pixel, sum) in Self.transform(rows, Self.outputMatrix).enumerated() {
                        let (y, x) = (top + pixel / 2 * dilation, left + pixel % 2 * dilation)
                        guard y < height, x < width else { continue }
                        result[(y * width + x) * weights.count + channel] = byte(sum, channel)
                    }
                }
            }
        }
        return result
    }

    /// [position][input channel] of the tile whose first input is at (top, left).
    private func transformedInputs(_ image: [UInt8], _ test: WindowCase, _ top: Int, _ left: Int) -> [[Int]] {
        let shape = test.shape
        var result = [[Int]](repeating: [], count: Self.positions)
        for channel in 0..<channels {
            let tile = (0..<Self.edge).map { i in
                (0..<Self.edge).map { j in
                    let (y, x) = (top + i * Int(shape.dilation_y), left + j * Int(shape.dilation_x))
                    guard (0..<Int(shape.input_height)).contains(y), (0..<Int(shape.input_width)).contains(x) else {
                        return 0
                    }
                    let value = image[(y * Int(shape.input_width) + x) * test.inputStride + channel]
                    return Int(value) - Int(layer.inputZeroPoint)
                }
            }
            for (position, value) in Self.transform(tile, Self.inputMatrix).enumerated() {
                let scaled = (value * Int(factors[position]) + 1 << 14) >> 15
                result[position].append(min(max(scaled, -128), 127))
            }
        }
        return result
    }

    private func byte(_ sum: Int, _ channel: Int) -> UInt8 {
        let (multiplier, shift) = multipliers[channel]
        let scaled = referenceScaled(Int32(truncatingIfNeeded: sum), multiplier: multiplier, shift: shift)
        let value = Int64(scaled) + Int64(layer.outputZeroPoint)
        return UInt8(min(max(value, Int64(layer.outputMin)), Int64(layer.outputMax)))
    }
}
