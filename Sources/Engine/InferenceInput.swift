import Synchronization

/// The network input of one photo: memory of the right size for whoever resamples the photo, read in place by the first
/// layer of the batch that it becomes part of.
///
/// `@unchecked Sendable`: it is written by the one who made it, then handed to the engine, which only reads. It goes
/// back to its pool when its last owner lets go of it.
public final class InferenceInput: @unchecked Sendable {
    package let memory: AlignedMemory
    private let pool: InferenceInputPool

    init(memory: AlignedMemory, pool: InferenceInputPool) {
        self.memory = memory
        self.pool = pool
    }

    deinit { pool.giveBack(memory) }

    /// Bytes of the input.
    public var byteCount: Int { pool.byteCount }

    /// Gives `body` the memory to fill: `[height, width, 3]` bytes or floats, as the model's preprocessing says.
    public func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        try body(UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<pool.byteCount]))
    }
}
