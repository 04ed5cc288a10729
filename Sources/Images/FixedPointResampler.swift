import Platform

/// Bilinear interpolation of bytes in integers, bit for bit what OpenCV's `cv::resize` answers for `INTER_LINEAR`.
///
/// With weights in 2048ths (see ``FixedPointSamples``) a row's value is S = (2048 − a) · p + a · q of its pixels p and q,
/// and the result is (⌊(2048 − b) · ⌊S/16⌋ / 2¹⁶⌋ + ⌊b · ⌊T/16⌋ / 2¹⁶⌋ + 2) / 4, rounded down, of the rows' values S and T.
/// (OpenCV bounds it by 255. It is: ⌊S/16⌋ ≤ 255 · 128, of which the products' sum is at most 255 · 4.)
///
/// Sixteen bits suffice for all of it: ⌊S/16⌋ = 64 · (p + q) + ⌊(128 · (q − p)) · (32 · (a − 1024)) / 2¹⁶⌋, because
/// S = 1024 · (p + q) + (q − p) · (a − 1024). Both factors fit, a = 2048 excepted, which never goes with p ≠ q.
struct FixedPointResampler: ~Copyable {
    private let width: Int
    private let height: Int
    private let order: ChannelOrder
    private let columns: FixedPointSamples
    private let rows: FixedPointSamples
    /// 32 · (a − 1024) for each byte of a target row.
    private let factors: [Int16]
    /// How many target columns, from 0 on, do not touch the source's last one.
    private let interiorCount: Int

    init(source: ImageSize, width: Int, height: Int, order: ChannelOrder) {
        self.width = width
        self.height = height
        self.order = order
        let columns = FixedPointSamples(columns: source.width, target: width)
        factors = [Int16](unsafeUninitializedCapacity: width * 3) { buffer, count in
            for x in 0..<width {
                for channel in 0..<3 { buffer[x * 3 + channel] = (columns.weight[x] - 1024) * 32 }
            }
            count = width * 3
        }
        interiorCount = columns.second.firstIndex(of: source.width - 1) ?? width
        self.columns = columns
        rows = FixedPointSamples(rows: source.height, target: height)
    }

    /// Writes the picture, of the source's size, as [height, width, 3] bytes.
    borrowing func resample(_ image: PixelImage, into output: UnsafeMutablePointer<UInt8>) {
        let count = width * 3
        forEachRow(of: image) { y, upper, lower in
            Self.blend(upper, lower, rows.weight[y], count: count, into: output + y * count)
        }
    }

    /// Writes the picture, of the source's size, as [height, width, 3] floats: its bytes, normalized.
    borrowing func resample(
        _ image: PixelImage, _ normalization: PixelNormalization, into output: UnsafeMutablePointer<Float>
    ) {
        let count = width * 3
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { bytes in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * count) { numbers in
                guard let bytes = bytes.baseAddress, let scales = numbers.baseAddress else { return }
                // One of each a byte of a row, so that eight bytes need not be a whole number of pixels.
                let biases = scales + count
                for index in 0..<count {
                    scales[index] = normalization.scale[index % 3]
                    biases[index] = normalization.bias[index % 3]
                }
                forEachRow(of: image) { y, upper, lower in
                    Self.blend(upper, lower, rows.weight[y], count: count, into: bytes)
                    Self.normalize(bytes, scales, biases, count: count, into: output + y * count)
                }
            }
        }
    }

    /// Gives `body` each row of the target with the two source rows that it lies between, at the target's columns.
    @inline(__always)
    private borrowing func forEachRow(
        of image: PixelImage,
        _ body: (_ y: Int, _ upper: UnsafePointer<Int16>, _ lower: UnsafePointer<Int16>) -> Void
    ) {
        let count = width * 3
        // A pixel is copied as four bytes of which the next one overwrites the last: one byte of room behind the row.
        let stride = count + 1
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * stride) { pixels in
            withUnsafeTemporaryAllocation(of: Int16.self, capacity: 2 * count) { values in
                guard let left = pixels.baseAddress, let values = values.baseAddress else { return }
                let right = left + stride
                var pair = RowPair(values, stride: count)
                image.pixels.withUnsafeBytes { source in
                    guard let source = source.baseAddress else { return }
                    for y in 0..<height {
                        let (upper, lower) = pair.rows(rows.first[y], rows.second[y]) { row, values in
                            let row = source + row * image.width * 3
                            switch order {
                            case .rgb: gather(row, reversed: false, left, right)
                            case .bgr: gather(row, reversed: true, left, right)
                            }
                            interpolate(left, right, into: values)
                        }
                        body(y, upper, lower)
                    }
                }
            }
        }
    }

    /// byte · scale + bias, in explicit vectors as `blend`.
    @inline(__always)
    private static func normalize(
        _ bytes: UnsafePointer<UInt8>, _ scales: UnsafePointer<Float>, _ biases: UnsafePointer<Float>, count: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        var index = 0
        while index &+ 8 <= count {
            let pixels = UnsafeRawPointer(bytes + index).loadUnaligned(as: SIMD8<UInt8>.self)
            let scale = UnsafeRawPointer(scales + index).loadUnaligned(as: SIMD8<Float>.self)
            let bias = UnsafeRawPointer(biases + index).loadUnaligned(as: SIMD8<Float>.self)
            let values = SIMD8<Float>(SIMD8<Int32>(truncatingIfNeeded: pixels)) * scale + bias
            UnsafeMutableRawPointer(output + index).storeBytes(of: values, as: SIMD8<Float>.self)
            index &+= 8
        }
        while index < count {
            output[index] = Float(bytes[index]) * scales[index] + biases[index]
            index &+= 1
        }
    }

    /// Copies the pixels at each target column's left and right.
    @inline(__always)
    private borrowing func gather(
        _ row: UnsafeRawPointer, reversed: Bool, _ left: UnsafeMutablePointer<UInt8>,
        _ right: UnsafeMutablePointer<UInt8>
    ) {
        let (left, right) = (UnsafeMutableRawPointer(left), UnsafeMutableRawPointer(right))
        columns.first.withUnsafeBufferPointer { first in
            columns.second.withUnsafeBufferPointer { second in
                guard let first = first.baseAddress, let second = second.baseAddress else { return }
                for x in 0..<interiorCount {
                    Self.copy(row + first[x] &* 3, fourReadable: true, reversed, left + x &* 3)
                    Self.copy(row + second[x] &* 3, fourReadable: true, reversed, right + x &* 3)
                }
                for x in interiorCount..<width {
                    Self.copy(row + first[x] &* 3, fourReadable: false, reversed, left + x &* 3)
                    Self.copy(row + second[x] &* 3, fourReadable: false, reversed, right + x &* 3)
                }
            }
        }
    }

    /// Copies a pixel, and writes a fourth byte without meaning. The row's last pixel has no fourth byte to read.
    @inline(__always)
    private static func copy(
        _ pixel: UnsafeRawPointer, fourReadable: Bool, _ reversed: Bool, _ output: UnsafeMutableRawPointer
    ) {
        var bytes: UInt32
        if fourReadable {
            bytes = UInt32(littleEndian: pixel.loadUnaligned(as: UInt32.self))
        } else {
            let channels = pixel.assumingMemoryBound(to: UInt8.self)
            bytes = UInt32(channels[0]) | UInt32(channels[1]) << 8 | UInt32(channels[2]) << 16
        }
        if reversed { bytes = bytes.byteSwapped >> 8 }
        output.storeBytes(of: bytes.littleEndian, as: UInt32.self)
    }

    /// ⌊S/16⌋ for the bytes of a row.
    @inline(__always)
    private borrowing func interpolate(
        _ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, into values: UnsafeMutablePointer<Int16>
    ) {
        factors.withUnsafeBufferPointer { factors in
            guard let factors = factors.baseAddress else { return }
            for index in 0..<width &* 3 {
                let (p, q) = (Int16(left[index]), Int16(right[index]))
                values[index] = (p &+ q) &<< 6 &+ Self.highProduct((q &- p) &<< 7, factors[index])
            }
        }
    }

    /// In explicit vectors: of a plain loop the compiler makes products of 32 bits, at twice the time of the whole.
    @inline(__always)
    private static func blend(
        _ upper: UnsafePointer<Int16>, _ lower: UnsafePointer<Int16>, _ weight: Int16, count: Int,
        into output: UnsafeMutablePointer<UInt8>
    ) {
        let upperWeight = FixedPointSamples.one - weight
        let (upperWeights, weights) = (SIMD8(repeating: upperWeight), SIMD8(repeating: weight))
        var index = 0
        while index &+ 8 <= count {
            let above = UnsafeRawPointer(upper + index).loadUnaligned(as: SIMD8<Int16>.self)
            let below = UnsafeRawPointer(lower + index).loadUnaligned(as: SIMD8<Int16>.self)
            let sum = highProduct(above, upperWeights) &+ highProduct(below, weights)
            let bytes = SIMD8<UInt8>(truncatingIfNeeded: (sum &+ 2) &>> 2)
            UnsafeMutableRawPointer(output + index).storeBytes(of: bytes, as: SIMD8<UInt8>.self)
            index &+= 8
        }
        while index < count {
            let sum = highProduct(upper[index], upperWeight) &+ highProduct(lower[index], weight)
            output[index] = UInt8(truncatingIfNeeded: (sum &+ 2) &>> 2)
            index &+= 1
        }
    }

    /// ⌊a · b / 2¹⁶⌋.
    @inline(__always)
    private static func highProduct(_ a: Int16, _ b: Int16) -> Int16 {
        Int16(truncatingIfNeeded: (Int32(a) &* Int32(b)) &>> 16)
    }

    @inline(__always)
    private static func highProduct(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
        let product = SIMD8<Int32>(truncatingIfNeeded: a) &* SIMD8<Int32>(truncatingIfNeeded: b)
        return SIMD8<Int16>(truncatingIfNeeded: product &>> 16)
    }
}
