import Datasets
import Images
import MultiBox

/// A rectangle of a photo, or around it, and the objects that show in it: what zooming out, cropping and mirroring make.
///
/// Pixels are only looked up when the window is warped to the network's input, so that a chain of changes costs one
/// resampling: a window that reaches out of the photo stands for a larger canvas of one colour with the photo on it.
public struct PhotoWindow: Sendable, Hashable {
    /// The photo.
    public var photo: PixelImage
    /// The light that it is shown in; what is around it stays as it is.
    public var light = Light()
    /// The window's left edge, in pixels of the photo; may be negative.
    public var left: Int
    /// The window's top edge, in pixels of the photo; may be negative.
    public var top: Int
    /// Pixels a row of the window; at least 1.
    public var width: Int
    /// Rows of the window; at least 1.
    public var height: Int
    /// Whether the window shows the photo as in a mirror, left and right exchanged.
    public var isMirrored: Bool
    /// Whether the window shows the photo upside down, top and bottom exchanged.
    public var isUpsideDown: Bool
    /// The colour around the photo.
    public var fill: SIMD3<UInt8>
    /// The objects, normalised to the window as it shows (after mirroring and turning), inside 0...1.
    public var objects: [AnnotatedObject]

    /// The whole photo.
    public init(photo: PixelImage, objects: [AnnotatedObject], fill: SIMD3<UInt8> = SIMD3(123, 117, 104)) {
        self.photo = photo
        self.objects = objects
        self.fill = fill
        (left, top, width, height) = (0, 0, photo.width, photo.height)
        (isMirrored, isUpsideDown) = (false, false)
    }

    /// The window as a picture of its own size.
    public func image() -> PixelImage { cutOut(light(photo)) }

    /// The window's part of a photo, and the colour around it.
    private func cutOut(_ photo: PixelImage) -> PixelImage {
        let (rowBytes, count) = (width * 3, width * height * 3)
        let columns = max(left, 0)..<max(max(left, 0), min(left + width, photo.width))
        let blank = [UInt8](unsafeUninitializedCapacity: rowBytes) { row, initialized in
            for index in 0..<rowBytes { row[index] = fill[index % 3] }
            initialized = rowBytes
        }
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            for row in 0..<height {
                let target = UnsafeMutableBufferPointer(rebasing: output[row * rowBytes..<(row + 1) * rowBytes])
                _ = target.initialize(from: blank)
                let y = isUpsideDown ? top + height - 1 - row : top + row
                guard y >= 0, y < photo.height, !columns.isEmpty else { continue }
                photo.pixels.withUnsafeBufferPointer { input in
                    let source = input[
                        (y * photo.width + columns.lowerBound) * 3..<(y * photo.width + columns.upperBound) * 3]
                    if isMirrored {
                        var x = (left + width - columns.upperBound) * 3
                        for pixel in stride(from: source.endIndex - 3, through: source.startIndex, by: -3) {
                            for channel in 0..<3 { target[x + channel] = source[pixel + channel] }
                            x += 3
                        }
                    } else {
                        let first = (columns.lowerBound - left) * 3
                        _ = UnsafeMutableBufferPointer(rebasing: target[first..<first + source.count])
                            .initialize(from: source)
                    }
                }
            }
            initialized = count
        }
        return PixelImage(width: width, height: height, pixels: pixels)
    }

    /// Warps the window to a size, bilinear with pixel centres at halves as at inference, and writes it as
    /// [height, width, 3] floats.
    public func warp(
        width targetWidth: Int, height targetHeight: Int, normalization: PixelNormalization,
        into target: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(target.count == targetWidth * targetHeight * 3, "three numbers a pixel of the target")
        let resampler = Resampler(width: targetWidth, height: targetHeight)
        let picture = cutOut(photo)
        guard !light.isPlain else { return resampler.resample(picture, normalization: normalization, into: target) }
        // Light is for each pixel by itself: after the warp there are fewer of them.
        resampler.resample(
            picture, normalization: PixelNormalization(order: .rgb, scale: .one, bias: .zero), into: target)
        let columns = Self.pixels(of: photo.width, from: left, to: width, isTurned: isMirrored, target: targetWidth)
        let rows = Self.pixels(of: photo.height, from: top, to: height, isTurned: isUpsideDown, target: targetHeight)
        for row in rows {
            let first = (row * targetWidth + columns.lowerBound) * 3
            light.apply(toPixels: UnsafeMutableBufferPointer(rebasing: target[first..<first + columns.count * 3]))
        }
        let isReversed = normalization.order == .bgr
        for first in stride(from: 0, to: target.count, by: 3) {
            let color = SIMD3(target[first], target[first + 1], target[first + 2])
            for channel in 0..<3 {
                target[first + channel] =
                    color[isReversed ? 2 - channel : channel] * normalization.scale[channel]
                    + normalization.bias[channel]
            }
        }
    }

    /// The pixels of a warped axis whose middle shows the photo, which has `count` pixels of the window's `extent` from
    /// `offset` on.
    private static func pixels(
        of count: Int, from offset: Int, to extent: Int, isTurned: Bool, target: Int
    ) -> Range<Int> {
        let scale = Float(target) / Float(extent)
        let first = Float(isTurned ? offset + extent - count : -offset) * scale
        let lower = min(max(Int((first - 0.5).rounded(.up)), 0), target)
        let upper = min(max(Int((first + Float(count) * scale - 0.5).rounded(.up)), lower), target)
        return lower..<upper
    }

    /// The part of the window between whole pixels, counted in the window as it shows, with the objects whose centre is in
    /// it and all that is there of crowds, cut off at its edges. The part may reach out of the window.
    package func part(left partLeft: Int, top partTop: Int, width partWidth: Int, height partHeight: Int) -> PhotoWindow
    {
        var result = self
        result.left = isMirrored ? left + width - partLeft - partWidth : left + partLeft
        result.top = isUpsideDown ? top + height - partTop - partHeight : top + partTop
        (result.width, result.height) = (partWidth, partHeight)
        let (oldWidth, oldHeight) = (Float(width), Float(height))
        let (offsetX, offsetY) = (Float(partLeft), Float(partTop))
        let (newWidth, newHeight) = (Float(partWidth), Float(partHeight))
        result.objects = objects.compactMap { object in
            func x(_ value: Float) -> Float { (value * oldWidth - offsetX) / newWidth }
            func y(_ value: Float) -> Float { (value * oldHeight - offsetY) / newHeight }
            let box = object.box
            let moved = CornerBox(xmin: x(box.xmin), ymin: y(box.ymin), xmax: x(box.xmax), ymax: y(box.ymax))
            let center = CenterBox(moved)
            let isIn = center.cx > 0 && center.cx < 1 && center.cy > 0 && center.cy < 1
            guard isIn || object.isCrowd else { return nil }
            var object = object
            object.box = moved.clipped()
            return object.box.area > 0 ? object : nil
        }
        return result
    }
}
