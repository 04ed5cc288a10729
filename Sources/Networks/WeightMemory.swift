/// The packed weights of a plan, side by side in blocks large enough for huge pages: a network for phones has a hundred
/// layers of which none fills such a page, and a run passes over all of them.
struct WeightMemory {
    /// Bytes of a block that layers share.
    private static let blockSize = 8 << 20

    private(set) var blocks: [AlignedMemory] = []
    /// Bytes that were reserved.
    private(set) var size = 0

    private let sharedSize: Int
    /// What is left of the block that layers share.
    private var free: UnsafeMutableRawBufferPointer?

    /// - Parameter expected: roughly what all reservations will come to.
    init(expected: Int) {
        sharedSize = min(expected, Self.blockSize)
    }

    /// Memory of undefined content that begins at a cache line and lives as long as `blocks`.
    mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer {
        let count = AlignedMemory.rounded(count)
        size += count
        if let free, let address = free.baseAddress, count <= free.count {
            self.free = .init(start: address + count, count: free.count - count)
            return address
        }
        let isShared = count <= sharedSize / 2
        let block = AlignedMemory(count: isShared ? sharedSize : count)
        blocks.append(block)
        if isShared { free = .init(rebasing: block.bytes[count...]) }
        return block.address
    }
}
