/// The pixels being drawn on. Every operation takes any coordinates and touches only what is inside.
struct Canvas {
    let size: ImageSize
    var pixels = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

    init(size: ImageSize) { self.size = size }

    /// Fills a rectangle.
    func fill(_ columns: Range<Int>, _ rows: Range<Int>, _ color: SIMD3<UInt8>) {
        let columns = columns.clamped(to: 0..<size.width)
        for y in rows.clamped(to: 0..<size.height) {
            for x in columns {
                let offset = (y * size.width + x) * 3
                for channel in 0..<3 { pixels[offset + channel] = color[channel] }
            }
        }
    }

    /// Lays `color` over the pixels from (`left`, `top`) on, as far as `coverage` (0…255, rows of `width`) says.
    func blend(_ coverage: [UInt8], width: Int, atX left: Int, y top: Int, _ color: SIMD3<UInt8>) {
        for (index, share) in coverage.enumerated() where share != 0 {
            let (x, y) = (left + index % width, top + index / width)
            guard x >= 0, x < size.width, y >= 0, y < size.height else { continue }
            let offset = (y * size.width + x) * 3
            for channel in 0..<3 {
                let below = Int(pixels[offset + channel])
                let mixed = below * 255 + (Int(color[channel]) - below) * Int(share)
                pixels[offset + channel] = UInt8((mixed + 127) / 255)
            }
        }
    }
}
