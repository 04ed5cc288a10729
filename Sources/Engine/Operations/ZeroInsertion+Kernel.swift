import CKernels
import Networks

extension ZeroInsertion: ComputedOperation {
    func kernel(
        input: Tensor, output: Tensor, values: [[Float]], makeTable: (UnsafeRawBufferPointer) -> AlignedMemory
    ) -> any PlainKernel {
        Kernel(
            operation: self, inputWidth: input.shape.width, outputWidth: output.shape.width,
            channels: input.shape.channels, quantization: input.element.quantization)
    }

    private struct Kernel: PlainKernel {
        let operation: ZeroInsertion
        let inputWidth: Int, outputWidth: Int
        let channels: Int
        let quantization: Quantization?
        var method: String { (quantization == nil ? "f32/" : "u8/") + ZeroInsertion.kind }

        func run(_ isa: ck_isa, _ input: UnsafeRawPointer, to output: UnsafeMutableRawPointer, pixels: Range<Int>) {
            let size = channels * (quantization == nil ? 4 : 1)
            // Of floats all bits of 0 are 0, and of bytes all are the one that stands for it.
            let zero = UInt8(quantization?.zeroPoint ?? 0)
            (output + pixels.lowerBound * size).initializeMemory(
                as: UInt8.self, repeating: zero, count: pixels.count * size)
            for pixel in pixels {
                let (y, x) = (pixel / outputWidth, pixel % outputWidth)
                guard y % operation.strideY == 0, x % operation.strideX == 0 else { continue }
                let source = y / operation.strideY * inputWidth + x / operation.strideX
                (output + pixel * size).copyMemory(from: input + source * size, byteCount: size)
            }
        }
    }
}
