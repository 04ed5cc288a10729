import CKernels
import Networks
import Platform

extension Pad: ComputedOperation {
    func kernel(
        input: Tensor, output: Tensor, values: [[Float]], makeTable: (UnsafeRawBufferPointer) -> AlignedMemory
    ) -> any PlainKernel {
        Kernel(
            pad: self, input: input.shape, output: output.shape,
            zero: input.element.quantization.map { UInt8($0.zeroPoint) })
    }

    private struct Kernel: PlainKernel {
        let pad: Pad
        let input: TensorShape, output: TensorShape
        /// The byte that stands for 0; nil of floats, whose bytes are 0.
        let zero: UInt8?
        var method: String { zero == nil ? "f32/pad" : "u8/pad" }

        func run(
            _ isa: ck_isa, _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, pixels: Range<Int>
        ) {
            let size = zero == nil ? 4 : 1
            let (from, to) = (input.channels * size, output.channels * size)
            let (front, zero) = (pad.front * size, Int32(zero ?? 0))
            for pixel in pixels {
                let (y, x) = (pixel / output.width - pad.top, pixel % output.width - pad.left)
                let place = target + pixel * to
                guard (0..<input.height).contains(y), (0..<input.width).contains(x) else {
                    memset(place, zero, to)
                    continue
                }
                memset(place, zero, front)
                (place + front).copyMemory(from: source + (y * input.width + x) * from, byteCount: from)
                memset(place + front + from, zero, to - front - from)
            }
        }
    }
}
