import CKernels
import Networks

extension PReLU: ComputedOperation {
    func kernel(
        input: Tensor, output: Tensor, values: [[Float]], makeTable: ([Float]) -> AlignedMemory
    ) -> any PlainKernel {
        let channels = input.shape.channels
        guard let from = input.element.quantization, let to = output.element.quantization else {
            return FloatKernel(channels: channels, slopes: makeTable(values[0]))
        }
        return ByteKernel(channels: channels, from: from, to: to, slopes: values[0])
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

    /// A byte of the result for each channel and byte of the input.
    private struct ByteKernel: PlainKernel {
        let channels: Int
        let table: [UInt8]
        var method: String { "u8/prelu" }

        init(channels: Int, from: Quantization, to: Quantization, slopes: [Float]) {
            self.channels = channels
            table = slopes.flatMap { slope in
                (0...255).map { byte in
                    let x = from.real(UInt8(byte))
                    return to.quantized(x > 0 ? x : slope * x)
                }
            }
        }

        func run(
            _ isa: ck_isa, _ input: UnsafeRawPointer, to output: UnsafeMutableRawPointer, pixels: Range<Int>
        ) {
            let (source, target) = (
                input.assumingMemoryBound(to: UInt8.self), output.assumingMemoryBound(to: UInt8.self)
            )
            table.withUnsafeBufferPointer { table in
                guard let table = table.baseAddress else { return }
                for pixel in pixels {
                    let first = pixel * channels
                    for channel in 0..<channels {
                        target[first + channel] = table[channel << 8 + Int(source[first + channel])]
                    }
                }
            }
        }
    }
}
