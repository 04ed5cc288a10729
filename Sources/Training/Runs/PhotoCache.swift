import Datasets
import Images
import Synchronization

/// Decoded photos that are kept, up to a number of bytes: a small dataset is decoded once instead of every epoch.
///
/// What is kept are the first photos that fit. Nothing is replaced, since every epoch asks for each photo once, which is
/// the order in which replacing the least recently used would never find anything.
final class PhotoCache: Sendable {
    /// Bytes of pixels that are kept unless said otherwise.
    static let defaultBytes = 512 << 20

    private struct State {
        var photos: [Int: PixelImage] = [:]
        var bytes = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// A cache of at most `limit` bytes of pixels.
    init(limit: Int = defaultBytes) { self.limit = limit }

    /// The photo of an index, made by `decode` where it is not kept.
    func photo(_ index: Int, decode: () throws(DatasetError) -> PixelImage) throws(DatasetError) -> PixelImage {
        if let photo = state.withLock({ $0.photos[index] }) { return photo }
        let photo = try decode()
        state.withLock { state in
            guard state.photos[index] == nil, state.bytes + photo.pixels.count <= limit else { return }
            state.photos[index] = photo
            state.bytes += photo.pixels.count
        }
        return photo
    }
}
