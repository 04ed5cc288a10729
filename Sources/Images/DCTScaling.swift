/// Whether a JPEG that is far larger than what it is needed for may be decoded at 1/2, 1/4 or 1/8 of its size, which the
/// inverse cosine transform gives for less work than the whole.
public enum DCTScaling: String, Sendable, Hashable, CaseIterable {
    /// Every pixel is decoded, and resampled as the reference implementations do.
    case exact
    /// The smallest scale that leaves at least twice the target's width and height. Less time and memory; the picture
    /// is smoothed, so that a detector sees slightly different pixels.
    case fast

    /// The divisor (1, 2, 4 or 8) for a picture of `size` that is needed at `target`, both as stored.
    func divisor(for size: ImageSize, target: ImageSize?) -> Int {
        guard self == .fast, let target else { return 1 }
        func suffices(_ divisor: Int) -> Bool {
            // Compared without a product that could overflow: size / divisor ≥ 2 · target.
            size.width / divisor / 2 >= target.width && size.height / divisor / 2 >= target.height
        }
        return [8, 4, 2].first(where: suffices) ?? 1
    }
}
