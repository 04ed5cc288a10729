import Datasets
import Images

/// SSD's augmentation (Liu et al. 2016, sections 2.2 and 3.6), in its order: light, zooming out, crop, mirror. Beyond it
/// and off unless asked for: photos transposed, the other mirror, and mosaics. Warping to the network's input, the last
/// step, is `PhotoWindow.warp`.
public struct Augmentation: Sendable, Hashable {
    /// Random light; nil for none.
    public var photometric: PhotometricDistortion?
    /// Rows and columns exchanged; nil, as published, for none.
    public var transposition: Transposition?
    /// A larger canvas; nil for none.
    public var zoomOut: ZoomOut?
    /// A part; nil for none.
    public var crop: MinimumOverlapCrop?
    /// Mirror images, one after the other.
    public var flips: [Flip]
    /// Several photos in one; nil, as published, for none.
    public var mosaic: Mosaic?

    /// The published augmentation, unless said otherwise.
    public init(
        photometric: PhotometricDistortion? = PhotometricDistortion(), transposition: Transposition? = nil,
        zoomOut: ZoomOut? = ZoomOut(), crop: MinimumOverlapCrop? = MinimumOverlapCrop(), flips: [Flip] = [Flip()],
        mosaic: Mosaic? = nil
    ) {
        self.photometric = photometric
        self.transposition = transposition
        self.zoomOut = zoomOut
        self.crop = crop
        self.flips = flips
        self.mosaic = mosaic
    }

    /// Nothing changes: for evaluation, and to see what augmentation is worth.
    public static let none = Augmentation(photometric: nil, zoomOut: nil, crop: nil, flips: [])

    /// A random version of a photo. The same stream gives the same version.
    ///
    /// - Parameter fill: The colour around a zoomed-out photo; the mean of the data, so that it is near 0 once normalised.
    public func callAsFunction(
        _ photo: PixelImage, objects: [AnnotatedObject], fill: SIMD3<UInt8> = SIMD3(123, 117, 104),
        using random: inout RandomStream
    ) -> PhotoWindow {
        var window = PhotoWindow(photo: photo, objects: objects, fill: fill)
        if let transposition { window = transposition(window, using: &random) }
        if let photometric { window.light = photometric.draw(&random) }
        if let zoomOut { window = zoomOut(window, using: &random) }
        if let crop { window = crop(window, using: &random) }
        return flipped(window, using: &random)
    }

    /// What a tile of a mosaic shows of a photo: a random part, in random light, turned and mirrored.
    ///
    /// - Parameters:
    ///   - width: The input's width, in pixels.
    ///   - height: The input's height, in pixels.
    package func tile(
        _ tile: Mosaic.Tile, of mosaic: Mosaic, width: Int, height: Int, photo: PixelImage, objects: [AnnotatedObject],
        using random: inout RandomStream
    ) -> PhotoWindow {
        var window = PhotoWindow(photo: photo, objects: objects)
        if let transposition, random.chance(transposition.probability) { window = Transposition.transposed(window) }
        if let photometric { window.light = photometric.draw(&random) }
        let part = mosaic.part(
            of: window, for: tile, columnWidth: Float(photo.width) / Float(width),
            rowHeight: Float(photo.height) / Float(height), using: &random)
        return flipped(part, using: &random)
    }

    private func flipped(_ window: PhotoWindow, using random: inout RandomStream) -> PhotoWindow {
        flips.reduce(window) { $1($0, using: &random) }
    }
}
