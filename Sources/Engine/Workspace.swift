import Networks

/// The memory that one stream runs a plan in: an arena for each image of a batch, scratch memory for each thread, and
/// a table that says where each tensor of each image is. Made once; running a plan allocates nothing.
///
/// Not `Sendable`: it belongs to whoever runs the plan.
package final class Workspace {
    /// The most images a batch may have.
    package let capacity: Int

    private let arena: AlignedMemory
    private let scratch: AlignedMemory
    private let scratchSize: Int
    /// `pointers[tensor * capacity + image]`.
    private let pointers: UnsafeMutableBufferPointer<UnsafeMutableRawPointer?>

    /// - Throws: `NetworkError.outOfMemory` if the system does not give the memory.
    package init(plan: Plan, capacity: Int, threads: Int) throws(NetworkError) {
        precondition(capacity >= 1 && threads >= 1)
        self.capacity = capacity
        arena = try AlignedMemory(asking: plan.arenaSize * capacity)
        scratchSize = plan.memory.scratch
        scratch = try AlignedMemory(asking: scratchSize * threads)
        pointers = .allocate(capacity: plan.placements.count * capacity)
        pointers.initialize(repeating: nil)
        for (tensor, placement) in plan.placements.enumerated() {
            guard let placement else { continue }
            for image in 0..<capacity {
                pointers[tensor * capacity + image] = arena.address + plan.arenaSize * image + placement.offset
            }
        }
    }

    deinit { pointers.deallocate() }

    /// Says where the input of an image lies; it must stay there while the plan runs.
    package func setInput(_ address: UnsafeRawPointer, tensor: TensorID, image: Int) {
        // The table holds mutable pointers for the sake of the outputs; no kernel writes through an input's.
        pointers[tensor.index * capacity + image] = UnsafeMutableRawPointer(mutating: address)
    }

    /// The addresses of a tensor, one for each image from `image` on.
    func outputs(_ tensor: Int, from image: Int) -> UnsafePointer<UnsafeMutableRawPointer?> {
        guard let base = pointers.baseAddress else { preconditionFailure("a plan has tensors") }
        return UnsafePointer(base + tensor * capacity + image)
    }

    /// The same, to read from.
    func inputs(_ tensor: Int, from image: Int) -> UnsafePointer<UnsafeRawPointer?> {
        UnsafeRawPointer(outputs(tensor, from: image)).assumingMemoryBound(to: UnsafeRawPointer?.self)
    }

    /// Where a tensor of an image lies.
    package func address(of tensor: TensorID, image: Int) -> UnsafeMutableRawPointer {
        address(tensor.index, image: image)
    }

    /// Where the tensor of an index lies.
    func address(_ tensor: Int, image: Int) -> UnsafeMutableRawPointer {
        guard let address = pointers[tensor * capacity + image] else {
            preconditionFailure("the input of image \(image) was not set")
        }
        return address
    }

    /// Scratch memory of a thread.
    func scratch(thread: Int) -> UnsafeMutableRawPointer { scratch.address + scratchSize * thread }
}
