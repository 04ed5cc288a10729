import Networks

/// How large the numbers of Winograd's transformed tiles Bᵀ d B of a convolution's input are, position by position.
struct TileHistograms {
    private static let edge = 4

    private let window: Window
    private var positions = [ValueHistogram](repeating: ValueHistogram(), count: WinogradFactors.count)

    /// - Parameter window: the convolution's: 3×3, stride 1.
    init(window: Window) { self.window = window }

    /// Counts the numbers of a sample of the tiles of a feature map: those that do not overlap.
    mutating func add(_ map: UnsafePointer<Float>, shape: TensorShape) {
        let (channels, dilation) = (shape.channels, window.dilationY)
        let zeros = [Float](repeating: 0, count: channels)
        var values = [Float](repeating: 0, count: WinogradFactors.count * channels)
        zeros.withUnsafeBufferPointer { zeros in
            values.withUnsafeMutableBufferPointer { values in
                guard let outside = zeros.baseAddress else { return }
                for top in stride(from: -window.paddingTop, to: shape.height, by: Self.edge) {
                    for left in stride(from: -window.paddingLeft, to: shape.width, by: Self.edge) {
                        let pixels = (0..<WinogradFactors.count).map { position in
                            let y = top + position / Self.edge * dilation
                            let x = left + position % Self.edge * dilation
                            let isInside = (0..<shape.height).contains(y) && (0..<shape.width).contains(x)
                            return isInside ? map + (y * shape.width + x) * channels : outside
                        }
                        Self.transform(pixels, channels: channels, values)
                        for position in positions.indices {
                            positions[position].add(
                                UnsafeBufferPointer(
                                    rebasing: values[position * channels..<(position + 1) * channels]))
                        }
                    }
                }
            }
        }
    }

    /// The magnitudes that bytes should reach to at each position.
    func magnitudes(_ range: CalibrationRange) -> [Float] {
        positions.map { histogram in
            let range = histogram.range(range)
            return max(-range.lowerBound, range.upperBound)
        }
    }

    /// Bᵀ d B of each channel: rows of Bᵀ are (1, 0, −1, 0), (0, 1, 1, 0), (0, −1, 1, 0) and (0, 1, 0, −1).
    private static func transform(
        _ pixels: [UnsafePointer<Float>], channels: Int, _ values: UnsafeMutableBufferPointer<Float>
    ) {
        func spread(_ d: SIMD4<Float>) -> SIMD4<Float> {
            SIMD4(d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3])
        }
        for channel in 0..<channels {
            var rows = (0..<edge).map { y in
                spread(
                    SIMD4(
                        pixels[y * edge][channel], pixels[y * edge + 1][channel], pixels[y * edge + 2][channel],
                        pixels[y * edge + 3][channel]))
            }
            rows = [rows[0] - rows[2], rows[1] + rows[2], rows[2] - rows[1], rows[1] - rows[3]]
            for y in 0..<edge {
                for x in 0..<edge { values[(y * edge + x) * channels + channel] = rows[y][x] }
            }
        }
    }
}
