import Images

/// A picture drawn by formula that costs a decoder about what a photo does: soft gradients, edges and grain.
enum SamplePhoto {
    static func jpeg(width: Int, height: Int) throws -> [UInt8] {
        do { return try ImageEncoder.jpeg(pixels(width: width, height: height), quality: 90) } catch {
            throw Failure("\(error)")
        }
    }

    static func pixels(width: Int, height: Int) -> PixelImage {
        var state: UInt32 = 1
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            for y in 0..<height {
                for x in 0..<width {
                    state = state &* 1_664_525 &+ 1_013_904_223
                    let grain = Int(state >> 28) - 8
                    let isInside = (x / 80 + y / 60) % 3 == 0
                    let base = [x * 160 / width + 40, y * 160 / height + 40, isInside ? 190 : 70]
                    for channel in 0..<3 {
                        buffer[(y * width + x) * 3 + channel] = UInt8(min(max(base[channel] + grain, 0), 255))
                    }
                }
            }
            count = width * height * 3
        }
        return PixelImage(width: width, height: height, pixels: pixels)
    }
}
