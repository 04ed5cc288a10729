extension PixelImage {
    /// Rows and columns of a tile, in pixels: a tile of both pictures stays in the first-level cache, so that reading
    /// down a column does not fetch a cache line for every pixel.
    private static let tile = 64

    /// The picture that these stored pixels show upright.
    package func upright(from orientation: Orientation) -> PixelImage {
        guard orientation != .topLeft else { return self }
        let upright = orientation.applied(to: size)
        // Pixel (x, y) of the upright picture is the stored pixel first + x·stepX + y·stepY.
        let (first, stepX, stepY) =
            switch orientation {
            case .topLeft: (0, 1, width)
            case .topRight: (width - 1, -1, width)
            case .bottomRight: (width * height - 1, -1, -width)
            case .bottomLeft: ((height - 1) * width, 1, -width)
            case .leftTop: (0, width, 1)
            case .rightTop: ((height - 1) * width, -width, 1)
            case .rightBottom: (width * height - 1, -width, -1)
            case .leftBottom: (width - 1, width, -1)
            }
        let count = pixels.count
        let turned = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
            pixels.withUnsafeBytes { source in
                let target = UnsafeMutableRawBufferPointer(target)
                for tileY in stride(from: 0, to: upright.height, by: Self.tile) {
                    for tileX in stride(from: 0, to: upright.width, by: Self.tile) {
                        let end = min(tileX + Self.tile, upright.width)
                        for y in tileY..<min(tileY + Self.tile, upright.height) {
                            var from = (first + tileX * stepX + y * stepY) * 3
                            var to = (y * upright.width + tileX) * 3
                            for _ in tileX..<end {
                                let redGreen = source.loadUnaligned(fromByteOffset: from, as: UInt16.self)
                                target.storeBytes(of: redGreen, toByteOffset: to, as: UInt16.self)
                                target[to + 2] = source[from + 2]
                                from += stepX * 3
                                to += 3
                            }
                        }
                    }
                }
            }
            initialized = count
        }
        return PixelImage(width: upright.width, height: upright.height, pixels: turned)
    }
}
