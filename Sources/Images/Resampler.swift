import Platform

/// Warps a picture to a network's input size: bilinear interpolation between the four nearest pixels, pixel centres at
/// halves, no antialiasing. This is what `align_corners=False, antialias=False` means in PyTorch, `half_pixel_centers`
/// in TensorFlow and `INTER_LINEAR` in OpenCV.
///
/// Bytes are those of OpenCV's `cv::resize` with `INTER_LINEAR`, to the last bit: weights in 2048ths, sums in integers. A
/// network is sensitive to how they are rounded, and this is how its photos were most likely resized before.
/// Floats are those bytes, normalized, or computed from the picture in single precision, rows first.
///
/// Every source row is interpolated once however many target rows need it.
public struct Resampler: Sendable {
    /// Which pixels become one.
    public enum Filter: Sendable, Hashable {
        /// The four nearest.
        case nearestFour
        /// All that it stands for: where the picture shrinks, the bilinear triangle grows with the pixels that become one. Bytes
        /// are those of Pillow's `Image.resize` with `BILINEAR`, to the last bit. (A picture with a side of more than 65535
        /// pixels, which no JPEG has, is resampled by the four nearest: its weights would take more memory than its pixels.)
        case antialiased
    }

    private static let longestAntialiasedSide = 65_535

    /// The filter for a picture.
    private func filter(for image: PixelImage) -> Filter {
        max(image.width, image.height) <= Self.longestAntialiasedSide ? filter : .nearestFour
    }

    /// The target's pixels a row.
    public let width: Int
    /// The target's rows.
    public let height: Int
    /// Which pixels become one.
    public let filter: Filter

    /// Resamples to `width` × `height` pixels; both at least 1.
    public init(width: Int, height: Int, filter: Filter = .nearestFour) {
        precondition(width > 0 && height > 0, "a picture has pixels")
        self.width = width
        self.height = height
        self.filter = filter
    }

    /// Writes the picture as [height, width, 3] bytes, channels in `order`: those of OpenCV's `INTER_LINEAR`. (OpenCV
    /// rounds otherwise in rare pixels of a target whose width or height is 8192 or more.)
    public func resample(
        _ image: PixelImage, order: ChannelOrder = .rgb, into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(target.count == width * height * 3, "three bytes a pixel of the target")
        guard let output = target.baseAddress else { return }
        switch filter(for: image) {
        case .nearestFour:
            FixedPointResampler(source: image.size, width: width, height: height, order: order)
                .resample(image, into: output)
        case .antialiased:
            AntialiasedResampler(source: image.size, width: width, height: height, order: order)
                .resample(image, into: output)
        }
    }

    /// Writes the picture as [height, width, 3] floats, normalized.
    ///
    /// - Parameter inBytes: Whether they are made of the bytes that the picture has at this size, as what is antialiased always is.
    public func resample(
        _ image: PixelImage, normalization: PixelNormalization, inBytes: Bool = false,
        into target: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(target.count == width * height * 3, "three numbers a pixel of the target")
        guard let output = target.baseAddress else { return }
        guard filter(for: image) == .nearestFour else {
            let count = target.count
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { bytes in
                guard let bytes = bytes.baseAddress else { return }
                AntialiasedResampler(source: image.size, width: width, height: height, order: normalization.order)
                    .resample(image, into: bytes)
                for index in 0..<count {
                    let channel = index % 3
                    output[index] = Float(bytes[index]) * normalization.scale[channel] + normalization.bias[channel]
                }
            }
        }
        guard !inBytes, filter == .nearestFour else {
            return FixedPointResampler(source: image.size, width: width, height: height, order: normalization.order)
                .resample(image, normalization, into: output)
        }
        let columns = AxisSamples(source: image.width, target: width)
        let rows = AxisSamples(source: image.height, target: height)
        // A pixel is stored as four floats of which the next one overwrites the last: one float of room behind the row.
        let stride = width * 3 + 1
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * stride) { scratch in
            guard let base = scratch.baseAddress else { return }
            var pair = RowPair(base, stride: stride)
            image.pixels.withUnsafeBytes { pixels in
                guard let pixels = pixels.baseAddress else { return }
                for y in 0..<height {
                    let (upper, lower) = pair.rows(rows.first[y], rows.second[y]) { row, values in
                        interpolate(pixels + row * image.width * 3, columns, normalization, into: values)
                    }
                    Self.blend(upper, lower, rows.weight[y], count: width * 3, into: output + y * width * 3)
                }
            }
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

    // MARK: Floats

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

    @inline(__always)
    private static func blend(
        _ upper: UnsafePointer<Float>, _ lower: UnsafePointer<Float>, _ weight: Float, count: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<count {
            output[index] = upper[index] + (lower[index] - upper[index]) * weight
        }
    }
}
