import CKernels
import Networks

/// A function of each element that the engine computes: floats by a kernel, bytes by a table of the function's values.
protocol ComputedElementwise: ElementwiseOperation, ComputedOperation {
    /// Computes the function of `count` floats.
    func run(_ isa: ck_isa, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int)
}

extension ComputedElementwise {
    func kernel(
        input: Tensor, output: Tensor, values: [[Float]], makeTable: (UnsafeRawBufferPointer) -> AlignedMemory
    ) -> any PlainKernel {
        let channels = input.shape.channels
        guard let from = input.element.quantization, let to = output.element.quantization else {
            return FloatElementwiseKernel(operation: self, channels: channels)
        }
        let table = (0...255).map { to.quantized(value(from.real(UInt8($0)))) }
        return ByteElementwiseKernel(
            method: "u8/" + Self.kind, channels: channels, table: table.withUnsafeBytes(makeTable))
    }
}

private struct FloatElementwiseKernel<Function: ComputedElementwise>: PlainKernel {
    let operation: Function
    let channels: Int
    var method: String { "f32/" + Function.kind }

    func run(_ isa: ck_isa, _ input: UnsafeRawPointer, to output: UnsafeMutableRawPointer, pixels: Range<Int>) {
        let first = pixels.lowerBound * channels
        operation.run(
            isa, input.assumingMemoryBound(to: Float.self) + first, output.assumingMemoryBound(to: Float.self) + first,
            pixels.count * channels)
    }
}

private struct ByteElementwiseKernel: PlainKernel {
    let method: String
    let channels: Int
    /// A byte of the result for each of the input.
    let table: AlignedMemory

    func run(_ isa: ck_isa, _ input: UnsafeRawPointer, to output: UnsafeMutableRawPointer, pixels: Range<Int>) {
        let (source, target) = (input.assumingMemoryBound(to: UInt8.self), output.assumingMemoryBound(to: UInt8.self))
        let table = table.address.assumingMemoryBound(to: UInt8.self)
        for index in pixels.lowerBound * channels..<pixels.upperBound * channels {
            target[index] = table[Int(source[index])]
        }
    }
}
