import Images

/// SSD's augmentation (Liu et al. 2016, sections 2.2 and 3.6), in its order: light, zooming out, crop, mirror; the other
/// mirror last. Warping to
/// the network's input, the last step, is `PhotoWindow.warp`.
public struct Augmentation: Sendable, Hashable {
    /// Random light; nil for none.
    public var photometric: PhotometricDistortion?
    /// A larger canvas; nil for none.
    public var zoomOut: ZoomOut?
    /// A part; nil for none.
    public var crop: MinimumOverlapCrop?
    /// The mirror image; nil for none.
    public var flip: HorizontalFlip?
    /// Upside down; nil, as published, for none.
    public var verticalFlip: VerticalFlip?

    /// The published augmentation, unless said otherwise.
    public init(
        photometric: PhotometricDistortion? = PhotometricDistortion(), zoomOut: ZoomOut? = ZoomOut(),
        crop: MinimumOverlapCrop? = MinimumOverlapCrop(), flip: HorizontalFlip? = HorizontalFlip(),
        verticalFlip: VerticalFlip? = nil
    ) {
        self.photometric = photometric
        self.zoomOut = zoomOut
        self.crop = crop
        self.flip = flip
        self.verticalFlip = verticalFlip
    }

    /// Nothing changes: for evaluation, and to see what augmentation is worth.
    public static let none = Augmentation(photometric: nil, zoomOut: nil, crop: nil, flip: nil)

    /// A random version of a photo. The same stream gives the same version.
    ///
    /// - Parameter fill: The colour around a zoomed-out photo; the mean of the data, so that it is near 0 once normalised.
    public func callAsFunction(
        _ photo: PixelImage, objects: [AnnotatedObject], fill: SIMD3<UInt8> = SIMD3(123, 117, 104),
        using random: inout RandomStream
    ) -> PhotoWindow {
        var window = PhotoWindow(photo: photo, objects: objects, fill: fill)
        if let photometric { window.light = photometric.draw(&random) }
        if let zoomOut { window = zoomOut(window, using: &random) }
        if let crop { window = crop(window, using: &random) }
        if let flip { window = flip(window, using: &random) }
        if let verticalFlip { window = verticalFlip(window, using: &random) }
        return window
    }
}
