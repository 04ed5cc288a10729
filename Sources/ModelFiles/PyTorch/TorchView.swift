import MultiBox

/// A shaped view of a storage.
struct TorchView: Equatable {
    /// Index of the storage in the machine that read it.
    var storage: Int
    /// The element of the storage that is first.
    var offset: Int
    var shape: [Int]
    var strides: [Int]

    /// Why the view does not lie within a storage of `count` elements; nil if it does.
    ///
    /// A view of more elements than its storage has (an expanded tensor) is not accepted: a small file could then ask for
    /// any amount of memory. A view without elements lies within its storage too, or at its end.
    func problem(count: Int) -> String? {
        guard shape.count == strides.count, shape.count <= TorchTensor.maximumRank else {
            return "it has \(shape.count) extents and \(strides.count) strides"
        }
        guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
            return "it has a negative extent, stride or offset"
        }
        guard let elements = CheckedArithmetic.product(shape) else { return "it has too many elements" }
        let outside = "it reaches beyond its storage of \(count) elements"
        guard elements <= count, offset <= count else { return outside }
        guard elements > 0 else { return nil }
        var last = offset
        for (extent, stride) in zip(shape, strides) where extent > 1 {
            guard let span = CheckedArithmetic.product([stride, extent - 1]),
                let sum = CheckedArithmetic.sum(last, span)
            else { return outside }
            last = sum
        }
        return last < count ? nil : outside
    }
}
