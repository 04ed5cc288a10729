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

    private struct ByteKernel: PlainKernel {
        /// The most channels whose bytes are looked up: more of them would make a large table of a small file.
        private static let mostTabulated = 4096

        let channels: Int
        let from: Quantization, to: Quantization
        let slopes: [Float]
        /// A byte of the result for each channel and byte of the input; empty where there are too many channels.
        let table: [UInt8]
        var method: String { "u8/prelu" }

        init(channels: Int, from: Quantization, to: Quantization, slopes: [Float]) {
            self.channels = channels
            (self.from, self.to) = (from, to)
            self.slopes = slopes
            let tabulated = channels <= Self.mostTabulated ? slopes : []
            table = tabulated.flatMap { slope in (0...255).map { Self.byte(UInt8($0), slope, from, to) } }
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
            table.withUnsafeBufferPointer { table in
                for pixel in pixels {
                    let first = pixel * channels
                    for channel in 0..<channels {
                        let byte = source[first + channel]
                        target[first + channel] =
                            table.isEmpty
                            ? Self.byte(byte, slopes[channel], from, to) : table[channel << 8 + Int(byte)]
                    }
                }
            }
        }
    }
}
