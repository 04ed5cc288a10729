import CKernels
import TestSupport

/// The instruction sets that can run here, portable first, the best last.
let availableIsas: [ck_isa] =
    [
        CK_ISA_PORTABLE, CK_ISA_AMX_EMULATED, CK_ISA_NEON, CK_ISA_AVX2_PLAIN, CK_ISA_AVX2, CK_ISA_AVX512, CK_ISA_AMX,
    ].filter { ck_isa_is_available($0) != 0 }

/// One of `values`, which are not empty.
func oneOf<Value>(_ values: [Value], using generator: inout SeededGenerator) -> Value {
    values[Int.random(in: 0..<values.count, using: &generator)]
}

/// What shapes a random case may take.
struct CaseRange {
    var inputChannels: ClosedRange<Int32> = 1...67
    var outputChannels: ClosedRange<Int32> = 1...67
    var kernels: [Int32] = [1, 1, 3, 3, 5, 2]
    var dilations: ClosedRange<Int32> = 1...2
    var strides: ClosedRange<Int32> = 1...2
    var extents: ClosedRange<Int32> = 1...14
    /// The same kernel, stride and dilation in both directions.
    var isSquare = false
    /// Depthwise layers and pools: as many output channels as input channels.
    var keepsChannels = false
    /// Pools: every window meets the image.
    var windowsMeetImage = false
}

/// A layer that slides a window, with everything random about it: shape, batch, strides between pixels, division of work.
struct WindowCase: CustomStringConvertible {
    var shape = ck_convolution_shape()
    var batch: Int
    var inputStride: Int
    var outputStride: Int
    /// Flat output pixels at which one call ends and the next begins.
    var cuts: [Int64]

    /// A case from the generator.
    init(_ range: CaseRange, using generator: inout SeededGenerator) {
        func pick(_ values: ClosedRange<Int32>) -> Int32 { Int32.random(in: values, using: &generator) }
        shape.input_channels = pick(range.inputChannels)
        shape.output_channels = range.keepsChannels ? shape.input_channels : pick(range.outputChannels)
        repeat {
            shape.kernel_height = range.kernels.randomElement(using: &generator) ?? 1
            func isOdd() -> Bool { !range.isSquare && Int.random(in: 0..<4, using: &generator) == 0 }
            shape.kernel_width = isOdd() ? pick(1...5) : shape.kernel_height
            shape.stride_y = pick(range.strides)
            shape.stride_x = isOdd() ? pick(1...3) : shape.stride_y
            shape.dilation_y = pick(range.dilations)
            shape.dilation_x = range.isSquare ? shape.dilation_y : pick(range.dilations)
            shape.input_height = pick(range.extents)
            shape.input_width = pick(range.extents)
            // Asymmetric on purpose: what is before the image and what is after it are unrelated.
            let height = (shape.kernel_height - 1) * shape.dilation_y + 1
            let width = (shape.kernel_width - 1) * shape.dilation_x + 1
            let most = range.windowsMeetImage ? 1 : height
            shape.padding_top = pick(0...min(most, height) / 2)
            shape.padding_left = pick(0...min(most, width) / 2)
            let bottom = pick(0...min(most, height) / 2), right = pick(0...min(most, width) / 2)
            let tall = shape.input_height + shape.padding_top + bottom - height
            let wide = shape.input_width + shape.padding_left + right - width
            shape.output_height = tall < 0 ? 0 : tall / shape.stride_y + 1
            shape.output_width = wide < 0 ? 0 : wide / shape.stride_x + 1
        } while shape.output_height == 0 || shape.output_width == 0
        batch = Int.random(in: 1...3, using: &generator)
        inputStride = Int(shape.input_channels) + oneOf([0, 0, 1, 5], using: &generator)
        outputStride = Int(shape.output_channels) + oneOf([0, 0, 3, 16], using: &generator)
        cuts = []
        let pixels = Int64(batch) * Int64(shape.output_height * shape.output_width)
        cuts = (0..<Int.random(in: 0...3, using: &generator)).map { _ in Int64.random(in: 0...pixels, using: &generator)
        }
        cuts.sort()
    }

    var inputPixels: Int { Int(shape.input_height * shape.input_width) }
    var outputPixels: Int { Int(shape.output_height * shape.output_width) }
    var taps: Int { Int(shape.kernel_height * shape.kernel_width) }
    var inputChannels: Int { Int(shape.input_channels) }
    var outputChannels: Int { Int(shape.output_channels) }
    /// Elements from an image's first to its last, without the gap after the last pixel.
    var inputCount: Int { (inputPixels - 1) * inputStride + inputChannels }
    var outputCount: Int { (outputPixels - 1) * outputStride + outputChannels }

    var description: String {
        let s = shape
        return """
            \(batch) × \(s.input_height)×\(s.input_width)×\(s.input_channels) (stride \(inputStride)) → \
            \(s.output_height)×\(s.output_width)×\(s.output_channels) (stride \(outputStride)), \
            kernel \(s.kernel_height)×\(s.kernel_width), strides \(s.stride_y) \(s.stride_x), \
            dilations \(s.dilation_y) \(s.dilation_x), padding \(s.padding_top) \(s.padding_left), cuts \(cuts)
            """
    }

    /// Calls `body` for every output pixel: image, pixel, and for each tap inside the image its number and input pixel.
    func forEachWindow(_ body: (_ image: Int, _ pixel: Int, _ taps: [(tap: Int, input: Int)]) -> Void) {
        for image in 0..<batch {
            for y in 0..<shape.output_height {
                for x in 0..<shape.output_width {
                    var inside: [(tap: Int, input: Int)] = []
                    for ky in 0..<shape.kernel_height {
                        for kx in 0..<shape.kernel_width {
                            let fromY = y * shape.stride_y - shape.padding_top + ky * shape.dilation_y
                            let fromX = x * shape.stride_x - shape.padding_left + kx * shape.dilation_x
                            guard fromY >= 0, fromY < shape.input_height, fromX >= 0, fromX < shape.input_width else {
                                continue
                            }
                            inside.append((Int(ky * shape.kernel_width + kx), Int(fromY * shape.input_width + fromX)))
                        }
                    }
                    body(image, Int(y * shape.output_width + x), inside)
                }
            }
        }
    }

    /// Runs a kernel over the whole work, in memory that ends at untouchable pages: one call a part between cuts and
    /// half of the blocks of output channels, or all of them at once where nothing is cut.
    /// Returns each image's output; what no kernel should write holds `canary`.
    func run<Element: BitwiseCopyable>(
        inputs: [[Element]], canary: Element, scratchBytes: Int, blocks: Int32 = 1,
        _ kernel: (UnsafePointer<ck_work>) -> Void
    ) -> [[Element]] {
        let sources = inputs.map { GuardedBuffer($0, filler: canary) }
        let sinks = (0..<batch).map { _ in GuardedBuffer(count: outputCount, filledWith: canary) }
        let scratch = GuardedBuffer<UInt8>(count: max(scratchBytes, 64), filledWith: 0xA5, alignment: 64)
        let inputPointers: [UnsafeRawPointer?] = sources.map { UnsafeRawPointer($0.address) }
        let outputPointers: [UnsafeMutableRawPointer?] = sinks.map { $0.address }
        let ends = cuts + [Int64(batch * outputPixels)]
        let half = cuts.isEmpty ? 0 : blocks / 2
        inputPointers.withUnsafeBufferPointer { inputPointers in
            outputPointers.withUnsafeBufferPointer { outputPointers in
                var work = ck_work(
                    inputs: inputPointers.baseAddress, outputs: outputPointers.baseAddress, input_stride: inputStride,
                    output_stride: outputStride, begin: 0, end: 0, block_begin: 0, block_end: 0,
                    scratch: scratch.address)
                for end in ends {
                    work.end = end
                    for part in [0..<half, half..<blocks] where !part.isEmpty {
                        (work.block_begin, work.block_end) = (part.lowerBound, part.upperBound)
                        kernel(&work)
                    }
                    work.begin = end
                }
            }
        }
        return withExtendedLifetime((sources, scratch)) { sinks.map { Array($0.elements) } }
    }

    /// Runs a kernel with the scratch memory and the blocks of a method.
    func run<Element: BitwiseCopyable>(
        inputs: [[Element]], canary: Element, _ method: Method, _ kernel: (UnsafePointer<ck_work>) -> Void
    ) -> [[Element]] {
        run(
            inputs: inputs, canary: canary, scratchBytes: method.scratchSize, blocks: method.division.blocks, kernel)
    }

    /// An image's output as it should be: `values` [pixel][channel] between gaps of `canary`.
    func laidOut<Element>(_ values: [Element], canary: Element) -> [Element] {
        var result = [Element](repeating: canary, count: outputCount)
        for pixel in 0..<outputPixels {
            for channel in 0..<outputChannels {
                result[pixel * outputStride + channel] = values[pixel * outputChannels + channel]
            }
        }
        return result
    }
}
