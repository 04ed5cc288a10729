import Networks
import Platform

/// A block of memory that begins at a cache line (and a 512-bit vector), freed with its owner. A large one begins at a
/// huge page and asks for such pages: a layer passes over megabytes of weights, and with small pages 2 to 5 % of a
/// layer's time goes into finding them.
///
/// `@unchecked Sendable`: the class itself never touches the bytes. An owner either writes them once before it shares
/// the block (packed weights) or keeps the block to one stream at a time (a workspace).
package final class AlignedMemory: @unchecked Sendable {
    /// Bytes of a cache line.
    static let alignment = 64

    /// Bytes of a huge page on x86-64, and on arm64 with small pages of 4 KiB.
    private static let hugePage = 2 << 20

    let bytes: UnsafeMutableRawBufferPointer

    /// Allocates `count` bytes, of undefined content; at least one line, so that there is always an address. As with Swift's
    /// own allocations, a process without memory for them cannot go on: for sizes that a file has a say in there is the
    /// other initializer.
    convenience init(count: Int) {
        guard let bytes = Self.allocate(count) else { preconditionFailure("out of memory: \(count) bytes") }
        self.init(bytes)
    }

    /// Allocates `count` bytes as `init(count:)` does.
    ///
    /// - Throws: `NetworkError.outOfMemory` if the system does not give them.
    convenience init(asking count: Int) throws(NetworkError) {
        guard let bytes = Self.allocate(count) else { throw .outOfMemory(bytes: count) }
        self.init(bytes)
    }

    private init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    private static func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer? {
        // Rounding up could overflow, and no machine has as much.
        guard count >= 0, count <= Int.max / 2 else { return nil }
        var address: UnsafeMutableRawPointer?
        let size = max(rounded(count), alignment)
        let isLarge = size >= hugePage
        let status = posix_memalign(&address, isLarge ? hugePage : alignment, size)
        guard status == 0, let address else { return nil }
        #if os(Linux)
            // Advice: a kernel without huge pages refuses it, and nothing is lost. Whole pages only, so that none holds
            // more than was asked for.
            if isLarge { _ = madvise(address, size / hugePage * hugePage, MADV_HUGEPAGE) }
        #endif
        return UnsafeMutableRawBufferPointer(start: address, count: size)
    }

    deinit { free(bytes.baseAddress) }

    /// Where it begins.
    package var address: UnsafeMutableRawPointer {
        guard let address = bytes.baseAddress else { preconditionFailure("allocated memory has an address") }
        return address
    }

    /// `count` rounded up to whole lines.
    static func rounded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}
