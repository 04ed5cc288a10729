import CKernels
import Networks

extension Resize: ComputedOperation {
    func kernel(
        input: Tensor, output: Tensor, values: [[Float]], makeTable: (UnsafeRawBufferPointer) -> AlignedMemory
    ) -> any PlainKernel {
        Kernel(
            rows: samples(input: input.shape.height, output: height),
            columns: samples(input: input.shape.width, output: width), inputWidth: input.shape.width,
            channels: input.shape.channels, isFloat: input.element == .float32, mode: mode)
    }

    private struct Kernel: PlainKernel {
        let rows: [Sample], columns: [Sample]
        let inputWidth: Int
        let channels: Int
        let isFloat: Bool
        let mode: Mode
        var method: String { (isFloat ? "f32/resize-" : "u8/resize-") + mode.rawValue }

        func run(
            _ isa: ck_isa, _ input: UnsafeRawPointer, to output: UnsafeMutableRawPointer, pixels: Range<Int>
        ) {
            let pixelBytes = channels * (isFloat ? 4 : 1)
            for pixel in pixels {
                let (row, column) = (rows[pixel / columns.count], columns[pixel % columns.count])
                func corner(_ y: Int, _ x: Int) -> UnsafeRawPointer { input + (y * inputWidth + x) * pixelBytes }
                let target = output + pixel * pixelBytes
                guard mode == .bilinear else {
                    target.copyMemory(from: corner(row.lower, column.lower), byteCount: pixelBytes)
                    continue
                }
                var corners = ck_corners(
                    top_left: corner(row.lower, column.lower), top_right: corner(row.lower, column.upper),
                    bottom_left: corner(row.upper, column.lower), bottom_right: corner(row.upper, column.upper),
                    down: row.fraction, right: column.fraction)
                if isFloat {
                    ck_bilinear_f32(isa, &corners, target.assumingMemoryBound(to: Float.self), channels)
                } else {
                    ck_bilinear_u8(isa, &corners, target.assumingMemoryBound(to: UInt8.self), channels)
                }
            }
        }
    }
}
