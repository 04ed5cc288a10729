/// Warps a picture to a network's input size: bilinear interpolation between the four nearest pixels, pixel centres at
/// halves, no antialiasing. This is what `align_corners=False, antialias=False` means in PyTorch, `half_pixel_centers`
/// in TensorFlow and `INTER_LINEAR` in OpenCV.
///
/// Computed in single precision, rows first. An 8-bit result is rounded to the nearest. Every source row is interpolated
/// once however many target rows need it.
public struct Resampler: Sendable {
    /// The target's pixels a row.
    public let width: Int
    /// The target's rows.
    public let height: Int

    /// Resamples to `width` × `height` pixels; both at least 1.
    public init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "a picture has pixels")
        self.width = width
        self.height = height
    }

    /// Writes the picture as [height, width, 3] bytes, channels in `order`.
    public func resample(
        _ image: PixelImage, order: ChannelOrder = .rgb, into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(target.count == width * height * 3, "three bytes a pixel of the target")
        guard let output = target.baseAddress else { return }
        let plain = PixelNormalization(order: order, scale: SIMD3(repeating: 1), bias: .zero)
        resampleRows(image, plain) { y, upper, lower, weight in
            Self.blend(upper, lower, weight, count: width * 3, intoBytes: output + y * width * 3)
        }
    }

    /// Writes the picture as [height, width, 3] floats, normalized.
    public func resample(
        _ image: PixelImage, normalization: PixelNormalization, into target: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(target.count == width * height * 3, "three numbers a pixel of the target")
        guard let output = target.baseAddress else { return }
        resampleRows(image, normalization) { y, upper, lower, weight in
            Self.blend(upper, lower, weight, count: width * 3, intoFloats: output + y * width * 3)
        }
    }

    /// The picture of this size.
    public func resample(_ image: PixelImage) -> PixelImage {
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            count = width * height * 3
            resample(image, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
        return PixelImage(width: width, height: height, pixels: pixels)
    }

    // MARK: Rows

    /// Calls `body` for each target row with the two interpolated source rows it lies between and the lower one's weight.
    @inline(__always)
    private func resampleRows(
        _ image: PixelImage, _ normalization: PixelNormalization,
        _ body: (_ y: Int, _ upper: UnsafePointer<Float>, _ lower: UnsafePointer<Float>, _ weight: Float) -> Void
    ) {
        let columns = AxisSamples(source: image.width, target: width)
        let rows = AxisSamples(source: image.height, target: height)
        // A pixel is stored as four floats of which the next one overwrites the last: one float of room behind the row.
        let stride = width * 3 + 1
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * stride) { scratch in
            guard let base = scratch.baseAddress else { return }
            var upper = (row: -1, values: base)
            var lower = (row: -1, values: base + stride)
            image.pixels.withUnsafeBytes { pixels in
                guard let pixels = pixels.baseAddress else { return }
                for y in 0..<height {
                    let (first, second) = (rows.first[y], rows.second[y])
                    if upper.row != first, lower.row == first { swap(&upper, &lower) }
                    if upper.row != first {
                        interpolate(pixels + first * image.width * 3, columns, normalization, into: upper.values)
                        upper.row = first
                    }
                    if lower.row != second {
                        if second == upper.row {
                            lower.values.update(from: upper.values, count: stride)
                        } else {
                            interpolate(pixels + second * image.width * 3, columns, normalization, into: lower.values)
                        }
                        lower.row = second
                    }
                    body(y, upper.values, lower.values, rows.weight[y])
                }
            }
        }
    }

    /// One source row at the target's columns, normalized. (Normalization is affine, so that it may come before the
    /// blending of rows.)
    @inline(__always)
    private func interpolate(
        _ row: UnsafeRawPointer, _ columns: borrowing AxisSamples, _ normalization: PixelNormalization,
        into output: UnsafeMutablePointer<Float>
    ) {
        let scale = SIMD4(normalization.scale, 0)
        let bias = SIMD4(normalization.bias, 0)
        switch normalization.order {
        case .rgb: interpolate(row, columns, scale, bias, reversed: false, into: output)
        case .bgr: interpolate(row, columns, scale, bias, reversed: true, into: output)
        }
    }

    @inline(__always)
    private func interpolate(
        _ row: UnsafeRawPointer, _ columns: borrowing AxisSamples, _ scale: SIMD4<Float>, _ bias: SIMD4<Float>,
        reversed: Bool, into output: UnsafeMutablePointer<Float>
    ) {
        let output = UnsafeMutableRawPointer(output)
        columns.withPointers { first, second, weight in
            // Four bytes are loaded for three; the last pixel of a row must not be read that way.
            for x in 0..<width {
                let isLast = x >= columns.interiorCount
                let left = Self.load(row + first[x] &* 3, asBytes: isLast, reversed: reversed)
                let right = Self.load(row + second[x] &* 3, asBytes: isLast, reversed: reversed)
                let value = (left + (right - left) * weight[x]) * scale + bias
                output.storeBytes(of: value, toByteOffset: x &* 12, as: SIMD4<Float>.self)
            }
        }
    }

    /// The channels of a pixel, and a fourth number without meaning.
    @inline(__always)
    private static func load(_ pixel: UnsafeRawPointer, asBytes: Bool, reversed: Bool) -> SIMD4<Float> {
        let bytes: SIMD4<UInt8>
        if asBytes {
            let channels = pixel.assumingMemoryBound(to: UInt8.self)
            bytes = SIMD4(channels[0], channels[1], channels[2], 0)
        } else {
            bytes = pixel.loadUnaligned(as: SIMD4<UInt8>.self)
        }
        let values = SIMD4<Float>(SIMD4<Int32>(truncatingIfNeeded: bytes))
        return reversed ? SIMD4(values[2], values[1], values[0], values[3]) : values
    }

    // MARK: Blending

    @inline(__always)
    private static func blend(
        _ upper: UnsafePointer<Float>, _ lower: UnsafePointer<Float>, _ weight: Float, count: Int,
        intoFloats output: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<count {
            output[index] = upper[index] + (lower[index] - upper[index]) * weight
        }
    }

    @inline(__always)
    private static func blend(
        _ upper: UnsafePointer<Float>, _ lower: UnsafePointer<Float>, _ weight: Float, count: Int,
        intoBytes output: UnsafeMutablePointer<UInt8>
    ) {
        for index in 0..<count {
            let value = upper[index] + (lower[index] - upper[index]) * weight
            // Between 2²³ and 2²⁴ a float's steps are ones: the sum is rounded, and its low bits are the integer. The
            // conversion proper checks for overflow, element by element.
            output[index] = UInt8(truncatingIfNeeded: (value + 0x1p23).bitPattern)
        }
    }
}
