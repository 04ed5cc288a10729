import Platform

/// Bilinear interpolation whose triangle grows with the pixels that become one, so that none of them is passed over: bit for bit
/// what Pillow's `Image.resize` answers for `BILINEAR`, which resizes photos so where most Python code does.
///
/// One axis, to bytes, then the other: each result is (2²¹ + Σ k · p) / 2²², rounded down, of pixels p and weights k in 2²²nds (see
/// ``TriangleWeights``). Columns are first, unless rows become fewer and columns not by half as many as rows: so does Pillow 13,
/// whose earlier versions always began with columns. Memory is a row of the picture or sums for the target, however large the
/// other side is.
struct AntialiasedResampler: ~Copyable {
    private let width: Int
    private let height: Int
    private let order: ChannelOrder
    private let columns: TriangleWeights
    private let rows: TriangleWeights
    private let rowsAreFirst: Bool

    init(source: ImageSize, width: Int, height: Int, order: ChannelOrder) {
        self.width = width
        self.height = height
        self.order = order
        columns = TriangleWeights(source: source.width, target: width)
        rows = TriangleWeights(source: source.height, target: height)
        rowsAreFirst = height < source.height && 2 * (source.width - width) < source.height - height
    }

    /// Writes the picture, of the source's size, as [height, width, 3] bytes.
    borrowing func resample(_ image: PixelImage, into output: UnsafeMutablePointer<UInt8>) {
        if rowsAreFirst {
            shrinkRowsFirst(image, into: output)
        } else {
            shrinkColumnsFirst(image, into: output)
        }
    }

    /// What 2²²nds come to. Weights are not negative and come to 2²² but for their rounding, which the clamp takes.
    @inline(__always)
    private static func byte(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(sum &>> TriangleWeights.bits, 255))
    }

    /// A source row is read once; what it adds to target rows is kept for each of these.
    private borrowing func shrinkColumnsFirst(_ image: PixelImage, into output: UnsafeMutablePointer<UInt8>) {
        let count = width * 3
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: height * count) { sums in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { row in
                guard let sums = sums.baseAddress, let row = row.baseAddress else { return }
                sums.initialize(repeating: TriangleWeights.half, count: height * count)
                image.pixels.withUnsafeBytes { pixels in
                    guard let pixels = pixels.baseAddress else { return }
                    var first = 0
                    for y in 0..<image.height {
                        // The target rows of a source row follow each other, and begin with none that is over.
                        while first < height, rows.start[first] + rows.count[first] <= y { first += 1 }
                        guard first < height, rows.start[first] <= y else { continue }
                        shrink(pixels + y * image.width * 3, into: row)
                        var target = first
                        while target < height, rows.start[target] <= y {
                            let weight = rows.weights[target * rows.stride + y - rows.start[target]]
                            Self.add(row, weight, count: count, to: sums + target * count)
                            target += 1
                        }
                    }
                }
                for index in 0..<height * count { output[index] = Self.byte(sums[index]) }
            }
        }
    }

    /// A target row is made of the source rows that become it, at the source's columns.
    private borrowing func shrinkRowsFirst(_ image: PixelImage, into output: UnsafeMutablePointer<UInt8>) {
        let count = image.width * 3
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { sums in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { row in
                guard let sums = sums.baseAddress, let row = row.baseAddress else { return }
                image.pixels.withUnsafeBufferPointer { pixels in
                    guard let pixels = pixels.baseAddress else { return }
                    for target in 0..<height {
                        sums.initialize(repeating: TriangleWeights.half, count: count)
                        for index in 0..<rows.count[target] {
                            Self.add(
                                pixels + (rows.start[target] + index) * count,
                                rows.weights[target * rows.stride + index],
                                count: count, to: sums)
                        }
                        for index in 0..<count { row[index] = Self.byte(sums[index]) }
                        shrink(UnsafeRawPointer(row), into: output + target * width * 3)
                    }
                }
            }
        }
    }

    /// A source row at the target's columns.
    @inline(__always)
    private borrowing func shrink(_ pixels: UnsafeRawPointer, into row: UnsafeMutablePointer<UInt8>) {
        let (red, blue) = order == .rgb ? (0, 2) : (2, 0)
        columns.weights.withUnsafeBufferPointer { weights in
            columns.start.withUnsafeBufferPointer { starts in
                columns.count.withUnsafeBufferPointer { counts in
                    guard var weight = weights.baseAddress, let starts = starts.baseAddress,
                        let counts = counts.baseAddress
                    else { return }
                    for x in 0..<width {
                        // Four bytes are loaded for three; the last pixel of a row must not be read that way.
                        let isLast = starts[x] &+ counts[x] == columns.source
                        let whole = isLast ? counts[x] &- 1 : counts[x]
                        let pixel = pixels + starts[x] &* 3
                        var sum = SIMD4<Int32>(repeating: TriangleWeights.half)
                        for index in 0..<whole {
                            let bytes = (pixel + index &* 3).loadUnaligned(as: SIMD4<UInt8>.self)
                            sum &+= SIMD4<Int32>(truncatingIfNeeded: bytes) &* SIMD4(repeating: weight[index])
                        }
                        if isLast {
                            let bytes = (pixel + whole &* 3).assumingMemoryBound(to: UInt8.self)
                            sum &+=
                                SIMD4(Int32(bytes[0]), Int32(bytes[1]), Int32(bytes[2]), 0)
                                &* SIMD4(repeating: weight[whole])
                        }
                        row[x &* 3 &+ red] = Self.byte(sum[0])
                        row[x &* 3 &+ 1] = Self.byte(sum[1])
                        row[x &* 3 &+ blue] = Self.byte(sum[2])
                        weight += columns.stride
                    }
                }
            }
        }
    }

    /// Adds a row, weighted, in explicit vectors.
    @inline(__always)
    private static func add(
        _ row: UnsafePointer<UInt8>, _ weight: Int32, count: Int, to sums: UnsafeMutablePointer<Int32>
    ) {
        var index = 0
        let weights = SIMD8<Int32>(repeating: weight)
        while index &+ 8 <= count {
            let bytes = UnsafeRawPointer(row + index).loadUnaligned(as: SIMD8<UInt8>.self)
            let target = UnsafeMutableRawPointer(sums + index)
            let sum = target.loadUnaligned(as: SIMD8<Int32>.self)
            target.storeBytes(
                of: sum &+ SIMD8<Int32>(truncatingIfNeeded: bytes) &* weights, as: SIMD8<Int32>.self)
            index &+= 8
        }
        while index < count {
            sums[index] &+= Int32(row[index]) &* weight
            index &+= 1
        }
    }
}
