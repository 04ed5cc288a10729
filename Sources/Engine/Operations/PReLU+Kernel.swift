import CKernels
import Networks

extension PReLU: ComputedOperation {
    func kernel(
        input: Tensor, output: Tensor, values: [[Float]], makeTable: (UnsafeRawBufferPointer) -> AlignedMemory
    ) -> any PlainKernel {
        let channels = input.shape.channels
        guard let from = input.element.quantization, let to = output.element.quantization else {
            return FloatKernel(channels: channels, slopes: values[0].withUnsafeBytes(makeTable))
        }
        return ByteKernel(from: from, to: to, slopes: values[0], makeTable)
    }

    private struct FloatKernel: PlainKernel {
        let channels: Int
        let slopes: AlignedMemory
        var method: String { "f32/prelu" }

        func run(
            _ isa: ck_isa, _ input: UnsafeRawPointer, to output: UnsafeMutableRawPointer, pixels: Range<Int>
        ) {
            let first = pixels.lowerBound * channels
            ck_prelu_f32(
                isa, input.assumingMemoryBound(to: Float.self) + first,
                slopes.address.assumingMemoryBound(to: Float.self),
                output.assumingMemoryBound(to: Float.self) + first, pixels.count, channels)
        }
    }

    private struct ByteKernel: PlainKernel {
        /// The most channels whose bytes are looked up: more of them would make large tables of a small file.
        private static let mostTabulated = 256

        let from: Quantization, to: Quantization
        let slopes: [Float]
        /// A byte of the result for each channel and byte of the input; nil where there are too many channels.
        let table: AlignedMemory?
        var method: String { "u8/prelu" }

        init(
            from: Quantization, to: Quantization, slopes: [Float],
            _ makeTable: (UnsafeRawBufferPointer) -> AlignedMemory
        ) {
            (self.from, self.to) = (from, to)
            self.slopes = slopes
            table =
                slopes.count <= Self.mostTabulated
                ? slopes.flatMap { slope in (0...255).map { Self.byte(UInt8($0), slope, from, to) } }
                    .withUnsafeBytes(makeTable) : nil
        }

        private static func byte(_ byte: UInt8, _ slope: Float, _ from: Quantization, _ to: Quantization) -> UInt8 {
            let x = from.real(byte)
            return to.quantized(x > 0 ? x : slope * x)
        }

        func run(
            _ isa: ck_isa, _ input: UnsafeRawPointer, to output: UnsafeMutableRawPointer, pixels: Range<Int>
        ) {
            let source = input.assumingMemoryBound(to: UInt8.self)
            let target = output.assumingMemoryBound(to: UInt8.self)
            let table = table.map { UnsafePointer($0.address.assumingMemoryBound(to: UInt8.self)) }
            for pixel in pixels {
                for (channel, slope) in slopes.enumerated() {
                    let index = pixel * slopes.count + channel
                    target[index] =
                        table?[channel << 8 + Int(source[index])] ?? Self.byte(source[index], slope, from, to)
                }
            }
        }
    }
}
