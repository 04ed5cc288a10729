/// A tensor of a PyTorch file: a view of one of its storages that lies within it.
package struct TorchTensor: Sendable {
    /// The most extents.
    static let maximumRank = 8

    /// Its name in the file's dictionary.
    package let name: String
    /// What its elements are.
    package let element: TorchElementType
    /// The extents, outermost first.
    package private(set) var shape: [Int]
    /// Elements from one index of an extent to the next.
    private(set) var strides: [Int]
    /// The byte of the file at which the first element begins.
    let start: Int

    /// The product of the extents.
    package private(set) var count: Int

    /// A view that was proven to lie within its storage, which begins at byte `base` of the file. Steps along extents with
    /// one index, which are never taken, may be any number in a file; here they are 0.
    init(name: String, view: TorchView, storage: TorchStorage, base: Int) {
        self.name = name
        element = storage.element
        shape = view.shape
        let isEmpty = view.shape.contains(0)
        count = isEmpty ? 0 : view.shape.reduce(1, *)
        strides = zip(view.shape, view.strides).map { $0 > 1 && !isEmpty ? $1 : 0 }
        start = base + view.offset * storage.element.size
    }

    /// The same elements with the extents in another order.
    package func permuted(_ axes: [Int]) -> TorchTensor {
        precondition(axes.sorted() == Array(shape.indices), "a permutation of the axes")
        var result = self
        result.shape = axes.map { shape[$0] }
        result.strides = axes.map { strides[$0] }
        return result
    }

    /// Every `steps[k]`-th index of extent k, from the first on.
    package func decimated(_ steps: [Int]) -> TorchTensor {
        precondition(steps.count == shape.count && steps.allSatisfy { $0 >= 1 }, "a step for each extent")
        var result = self
        result.shape = zip(shape, steps).map { ($0 + $1 - 1) / $1 }
        result.strides = zip(strides, steps).map { $0 * $1 }
        result.count = result.shape.reduce(1, *)
        return result
    }

    /// The same elements with the last extent as several, whose product it is.
    package func splittingLast(into extents: [Int]) -> TorchTensor {
        guard let last = shape.last, let stride = strides.last, last == extents.reduce(1, *) else {
            preconditionFailure("extents of as many elements")
        }
        var (result, step) = (self, stride)
        var steps: [Int] = []
        for extent in extents.reversed() {
            steps.insert(step, at: 0)
            step *= extent
        }
        result.shape = shape.dropLast() + extents
        result.strides = strides.dropLast() + steps
        return result
    }

    /// The elements as single-precision floats, the last extent varying fastest. `bytes` is the file.
    func floats(in bytes: [UInt8]) -> [Float] {
        bytes.withUnsafeBytes { bytes in
            switch element {
            case .float32: gather(bytes, UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
            case .float64: gather(bytes, UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
            case .float16: gather(bytes, UInt16.self) { Float(halfBits: UInt16(littleEndian: $0)) }
            case .bfloat16: gather(bytes, UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
            case .integer: preconditionFailure("integers are no parameters")
            }
        }
    }

    @inline(__always)
    private func gather<Bits: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ type: Bits.Type, _ value: (Bits) -> Float
    ) -> [Float] {
        let total = count
        guard total > 0 else { return [] }
        let size = MemoryLayout<Bits>.size
        let innerCount = shape.last ?? 1
        let innerStep = (strides.last ?? 1) * size
        let outer = shape.dropLast()
        return [Float](unsafeUninitializedCapacity: total) { result, count in
            var index = [Int](repeating: 0, count: outer.count)
            var row = start
            for base in stride(from: 0, to: total, by: innerCount) {
                var position = row
                for column in 0..<innerCount {
                    let bits = bytes.loadUnaligned(fromByteOffset: position, as: Bits.self)
                    result.initializeElement(at: base + column, to: value(bits))
                    position += innerStep
                }
                // The next row, as an odometer turns.
                for axis in outer.indices.reversed() {
                    index[axis] += 1
                    row += strides[axis] * size
                    if index[axis] < shape[axis] { break }
                    row -= shape[axis] * strides[axis] * size
                    index[axis] = 0
                }
            }
            count = total
        }
    }
}

extension Float {
    /// The value of an IEEE 754 half-precision number. (`Float16` is not on every platform.)
    init(halfBits bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0:
            // Zero and subnormal numbers: the fraction counts steps of 2⁻²⁴.
            let magnitude = Float(fraction) * 0x1p-24
            self = sign == 0 ? magnitude : -magnitude
        case 31: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: self = Float(bitPattern: sign | UInt32(exponent + 112) << 23 | fraction << 13)
        }
    }
}
