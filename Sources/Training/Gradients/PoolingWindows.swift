import Networks

/// The windows of a pooling over an image, each cut to the pixels inside it.
struct PoolingWindows {
    let window: Window
    let input: TensorShape
    let output: TensorShape

    /// Calls `body` with each output pixel and the rows and columns of the input under its window, row by row.
    @inline(__always)
    func forEach(_ body: (_ pixel: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Void) {
        for y in 0..<output.height {
            let top = y * window.strideY - window.paddingTop
            let rows = max(top, 0)..<min(top + window.kernelHeight, input.height)
            for x in 0..<output.width {
                let left = x * window.strideX - window.paddingLeft
                body(y * output.width + x, rows, max(left, 0)..<min(left + window.kernelWidth, input.width))
            }
        }
    }
}
