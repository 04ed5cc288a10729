import Synchronization

/// Memory of pictures that are done with, for those that come next. A service that decodes photos all day then neither asks
/// the system for a megabyte each time nor leaves holes of that size between what lives longer.
///
/// Invariant: at most `maximumIdle` pieces are kept, each of at most `maximumBytes`.
public final class PixelMemory: Sendable {
    /// Keeps nothing.
    public static let none = PixelMemory(maximumIdle: 0)

    private let maximumIdle: Int
    private let maximumBytes: Int
    private let idle = Mutex<[[UInt8]]>([])

    /// - Parameters:
    ///   - maximumIdle: pieces kept: as many as there are threads that decode.
    ///   - maximumBytes: the largest piece kept; larger pictures cost more to decode than their memory does.
    public init(maximumIdle: Int, maximumBytes: Int = 4 << 20) {
        precondition(maximumIdle >= 0 && maximumBytes > 0)
        self.maximumIdle = maximumIdle
        self.maximumBytes = maximumBytes
    }

    /// `count` bytes of whatever value: all of them must be written before one is read.
    func take(_ count: Int) -> [UInt8] {
        if maximumIdle > 0, count <= maximumBytes, var bytes = idle.withLock({ $0.popLast() }), bytes.capacity >= count
        {
            if bytes.count > count { bytes.removeLast(bytes.count - count) }
            if bytes.count < count { bytes.append(contentsOf: repeatElement(0, count: count - bytes.count)) }
            return bytes
        }
        // A piece that was too small has been let go, so that before long those that are kept are large enough.
        return [UInt8](unsafeUninitializedCapacity: count) { $1 = count }
    }

    /// Keeps bytes that are done with, where there is room for them.
    func giveBack(_ bytes: [UInt8]) {
        guard maximumIdle > 0, !bytes.isEmpty, bytes.capacity <= maximumBytes else { return }
        idle.withLock { if $0.count < maximumIdle { $0.append(bytes) } }
    }

    /// Keeps the memory of a picture that is done with, where there is room for it.
    public func reuse(_ image: consuming PixelImage) { giveBack(image.takePixels()) }

    /// The sizes of the pieces that are kept, in bytes.
    package var idleSizes: [Int] { idle.withLock { $0.map(\.capacity) } }
}
