import Networks

/// Max pooling and its gradient, which goes to the first largest element of each window.
struct PoolingPass {
    let window: Window
    let input: TensorShape
    let output: TensorShape

    /// Calls `body` with each output pixel and the input pixels of its window.
    @inline(__always)
    private func forEachWindow(
        rows: Range<Int>, _ body: (_ pixel: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Void
    ) {
        for y in rows {
            let top = y * window.strideY - window.paddingTop
            let inside = max(top, 0)..<min(top + window.kernelHeight, input.height)
            for x in 0..<output.width {
                let left = x * window.strideX - window.paddingLeft
                body(
                    y * output.width + x, inside, max(left, 0)..<min(left + window.kernelWidth, input.width))
            }
        }
    }

    /// One image.
    func forward(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
        let channels = input.channels
        forEachWindow(rows: 0..<output.height) { pixel, rows, columns in
            let target = y + pixel * channels
            for c in 0..<channels { target[c] = -.infinity }
            for row in rows {
                for column in columns {
                    let source = x + (row * input.width + column) * channels
                    for c in 0..<channels { target[c] = source[c] > target[c] ? source[c] : target[c] }
                }
            }
        }
    }

    /// One image: adds to `gradient` of the input.
    func backward(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>
    ) {
        let channels = input.channels
        withUnsafeTemporaryAllocation(of: Float.self, capacity: channels) { best in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: channels) { place in
                forEachWindow(rows: 0..<output.height) { pixel, rows, columns in
                    best.initialize(repeating: -.infinity)
                    place.initialize(repeating: Int32(rows.lowerBound * input.width + columns.lowerBound))
                    for row in rows {
                        for column in columns {
                            let at = row * input.width + column
                            let source = x + at * channels
                            for c in 0..<channels where source[c] > best[c] {
                                best[c] = source[c]
                                place[c] = Int32(at)
                            }
                        }
                    }
                    let delta = outputGradient + pixel * channels
                    for c in 0..<channels { gradient[Int(place[c]) * channels + c] += delta[c] }
                }
            }
        }
    }
}
