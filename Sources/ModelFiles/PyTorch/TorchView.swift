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
    /// any amount of memory.
    func problem(count: Int) -> String? {
        guard shape.count == strides.count, shape.count <= TorchTensor.maximumRank else {
            return "it has \(shape.count) extents and \(strides.count) strides"
        }
        guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
            return "it has a negative extent, stride or offset"
        }
        var elements = 1
        var last = offset
        for (extent, stride) in zip(shape, strides) {
            let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
            guard !overflow else { return "it has too many elements" }
            elements = product
            guard extent > 0 else { continue }
            let (span, spanOverflow) = stride.multipliedReportingOverflow(by: extent - 1)
            let (sum, sumOverflow) = last.addingReportingOverflow(span)
            guard !spanOverflow, !sumOverflow else { return "it reaches beyond its storage" }
            last = sum
        }
        guard elements > 0 else { return nil }
        guard elements <= count, last < count else { return "it reaches beyond its storage of \(count) elements" }
        return nil
    }
}
