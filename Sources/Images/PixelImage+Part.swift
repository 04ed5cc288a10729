extension PixelImage {
    /// A part of the picture, `size` pixels from column `x` of row `y` on. It must lie within the picture.
    public func part(x: Int, y: Int, size: ImageSize) -> PixelImage {
        precondition(size.width > 0 && size.height > 0 && x >= 0 && y >= 0, "a part has pixels")
        precondition(x <= width - size.width && y <= height - size.height, "outside of the picture")
        let rowBytes = size.width * 3
        let part = [UInt8](unsafeUninitializedCapacity: rowBytes * size.height) { target, count in
            pixels.withUnsafeBufferPointer { pixels in
                for row in 0..<size.height {
                    let start = ((y + row) * width + x) * 3
                    _ = UnsafeMutableBufferPointer(rebasing: target[row * rowBytes..<(row + 1) * rowBytes])
                        .update(fromContentsOf: pixels[start..<start + rowBytes])
                }
            }
            count = rowBytes * size.height
        }
        return PixelImage(width: size.width, height: size.height, pixels: part)
    }
}
