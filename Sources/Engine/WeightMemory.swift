import Networks

/// The packed weights of a plan, side by side in one block, so that huge pages hold them: a network for phones has a hundred
/// layers of which none fills such a page, and a run passes over all of them.
///
/// Weights are packed twice: first only measured, then into memory of exactly that size. What a file asks for is known, and
/// can be refused, before any of it is taken.
struct WeightMemory {
    /// The memory; nil where it is only measured.
    let block: AlignedMemory?
    /// Bytes that were reserved.
    private(set) var size = 0

    private init(block: AlignedMemory?) { self.block = block }

    /// Counts, and packs nothing.
    static var measuring: WeightMemory { WeightMemory(block: nil) }

    /// Memory for weights that came to `size` bytes when they were measured.
    ///
    /// - Throws: `NetworkError.outOfMemory`.
    init(size: Int) throws(NetworkError) {
        self.init(block: try AlignedMemory(asking: size))
    }

    /// Has `pack` write weights of `count` bytes to memory that begins at a cache line and lives as long as `block`.
    ///
    /// - Returns: the memory; nil where it is only measured, and nothing is packed.
    mutating func reserve(_ count: Int, _ pack: (UnsafeMutableRawPointer) -> Void) -> UnsafeMutableRawPointer? {
        let start = size
        size += AlignedMemory.rounded(count)
        guard let block else { return nil }
        precondition(size <= block.bytes.count, "weights are packed as they were measured")
        let address = block.address + start
        pack(address)
        return address
    }
}
