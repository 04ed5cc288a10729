/// Which tensors of a step of training have values and gradients, and where: the rules, without any memory.
///
/// A place is for one image; that of a batch has as many times the floats and lies as many times as far from the first, so
/// that places do not depend on the batch. A gradient may belong to several tensors, until one of them is written.
struct StepTensors {
    /// The elements of each tensor for one image.
    private let elements: [Int]
    /// For each tensor, whether anything that is trained depends on its gradient.
    let needsGradient: [Bool]
    private var values: [TensorBlock?]
    private var gradients: [TensorBlock?]
    private var heap = TensorHeap()

    /// Floats for one image that all together have taken so far at the same time, and the gaps between them.
    var size: Int { heap.size }

    init(_ plan: GradientSteps) {
        elements = plan.shapes.map(\.elementCount)
        needsGradient = plan.needsGradient
        values = Array(repeating: nil, count: elements.count)
        gradients = values
    }

    /// Forgets all values and gradients.
    mutating func clear() {
        values = Array(repeating: nil, count: elements.count)
        gradients = values
        heap = TensorHeap()
    }

    /// A block for as many elements as a tensor has.
    mutating func make(_ tensor: Int) -> TensorBlock { make(count: elements[tensor]) }

    private mutating func make(count: Int) -> TensorBlock { TensorBlock(place: heap.take(count), count: count) }

    /// One owner less; without any, its place is free.
    mutating func release(_ block: TensorBlock) {
        block.owners -= 1
        if block.owners == 0 { heap.give(back: block.place) }
    }

    // MARK: Values

    /// The values of a tensor, of whom there are some from `makeValue` to `releaseValue`.
    func value(_ tensor: Int) -> TensorBlock? { values[tensor] }

    /// A place for the values of a tensor.
    mutating func makeValue(_ tensor: Int) -> TensorBlock {
        let block = make(tensor)
        values[tensor] = block
        return block
    }

    /// Makes the values of one tensor those of another too.
    mutating func share(_ tensor: Int, as other: Int) {
        values[tensor]?.owners += 1
        values[other] = values[tensor]
    }

    /// Lets the values of a tensor go.
    mutating func releaseValue(_ tensor: Int) {
        guard let block = values[tensor] else { return }
        values[tensor] = nil
        release(block)
    }

    // MARK: Gradients

    /// A gradient to be written; what is to be copied to it first, if anything.
    typealias Writable = (block: TensorBlock, copied: TensorBlock?)

    /// The gradient of a tensor, which has none from then on; nil if nothing depends on it.
    mutating func takeGradient(_ tensor: Int) -> TensorBlock? {
        let block = gradients[tensor]
        gradients[tensor] = nil
        return block
    }

    /// The gradient of a tensor, to be written; where that is new, its content is undefined.
    mutating func gradient(_ tensor: Int) -> (writable: Writable, isNew: Bool) {
        let isNew = gradients[tensor] == nil
        let writable: Writable = gradients[tensor].map { exclusive($0) } ?? (make(tensor), nil)
        gradients[tensor] = writable.block
        return (writable, isNew)
    }

    /// Makes a block the gradient of a tensor of as many elements.
    ///
    /// - Returns: the gradient to which that of the block is to be added first, if there is one; the block is released then.
    mutating func hand(_ block: TensorBlock, to tensor: Int) -> Writable? {
        guard needsGradient[tensor] else {
            release(block)
            return nil
        }
        guard let existing = gradients[tensor] else {
            gradients[tensor] = block
            return nil
        }
        let own = exclusive(existing)
        gradients[tensor] = own.block
        release(block)
        return own
    }

    /// The block, or another that is to become a copy of it for one of those that have it together.
    mutating func exclusive(_ block: TensorBlock) -> Writable {
        guard block.owners > 1 else { return (block, nil) }
        let own = make(count: block.count)
        release(block)
        return (own, block)
    }
}
