import Images
import TestSupport
import Testing

@Suite struct OrientationTests {
    /// Where a pixel of the upright picture is stored, as the standard words it, one case at a time.
    private static func stored(_ x: Int, _ y: Int, _ orientation: Orientation, _ size: ImageSize) -> (x: Int, y: Int) {
        let (right, bottom) = (size.width - 1, size.height - 1)
        switch orientation {
        case .topLeft: return (x, y)
        case .topRight: return (right - x, y)
        case .bottomRight: return (right - x, bottom - y)
        case .bottomLeft: return (x, bottom - y)
        case .leftTop: return (y, x)
        case .rightTop: return (y, bottom - x)
        case .rightBottom: return (right - y, bottom - x)
        case .leftBottom: return (right - y, x)
        }
    }

    @Test(arguments: Orientation.allCases, [(1, 1), (3, 2), (1, 70), (129, 65), (64, 64)])
    func everyPixelGoesToItsPlace(_ orientation: Orientation, _ size: (Int, Int)) {
        let image = PixelImage.numbered(width: size.0, height: size.1)
        let upright = image.upright(from: orientation)
        #expect(upright.size == orientation.applied(to: image.size))
        for y in 0..<upright.height {
            for x in 0..<upright.width {
                let from = Self.stored(x, y, orientation, image.size)
                if upright[x, y] != image[from.x, from.y] { Issue.record("pixel \(x), \(y)") }
            }
        }
    }

    /// The same photo stored in each of the eight ways (and once without a word).
    @Test(.enabled(if: SharedFiles.exist("data/images/exif"), "\(SharedFiles.absence)"), arguments: 1...8)
    func photosStandUpright(_ number: Int) throws {
        let small = Resampler(width: 45, height: 30)
        let bytes = try SharedFiles.bytes("data/images/exif/Landscape_\(number).jpg")
        let info = try ImageDecoder().inspect(bytes)
        #expect(info.orientation.rawValue == UInt8(number))
        let decoder = ImageDecoder(scaling: .fast)
        let image = try decoder.decode(bytes, for: ImageSize(width: 90, height: 60))
        let plain = try decoder.decode(
            try SharedFiles.bytes("data/images/exif/Landscape_0.jpg"), for: ImageSize(width: 90, height: 60))
        #expect(image.size == plain.size)
        let (a, b) = (small.resample(image), small.resample(plain))
        let sum = zip(a.pixels, b.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        #expect(Double(sum) / Double(a.pixels.count) < 3, "mean difference in levels")
    }

    // MARK: Where the orientation is found

    private static func exif(_ order: String, type: UInt8, value: [UInt8]) -> [UInt8] {
        func short(_ value: UInt8) -> [UInt8] { order == "MM" ? [0, value] : [value, 0] }
        func long(_ value: UInt8) -> [UInt8] { order == "MM" ? [0, 0, 0, value] : [value, 0, 0, 0] }
        let other = (order == "MM" ? [1, 0x0F] : [0x0F, 1]) + short(2) + long(4) + [0x41, 0x42, 0x43, 0]
        let tag: [UInt8] = order == "MM" ? [0x01, 0x12] : [0x12, 0x01]
        return Array(order.utf8) + short(42) + long(8) + short(2) + other + tag + short(type) + long(1) + value
            + long(0)
    }

    @Test(arguments: Orientation.allCases)
    func bothByteOrdersInAJPEG(_ orientation: Orientation) throws {
        let raw = orientation.rawValue
        for block in [
            Self.exif("MM", type: 3, value: [0, raw, 0, 0]), Self.exif("II", type: 3, value: [raw, 0, 0, 0]),
            Self.exif("MM", type: 4, value: [0, 0, 0, raw]), Self.exif("II", type: 1, value: [raw, 0, 0, 0]),
        ] {
            let bytes = JPEGBytes.inserting(0xE1, Array("Exif\0\0".utf8) + block, into: Fixture.baselineJPEG)
            #expect(try ImageDecoder().inspect(bytes).orientation == orientation)
            let plain = try ImageDecoder().decode(Fixture.baselineJPEG)
            #expect(try ImageDecoder().decode(bytes) == plain.upright(from: orientation))
        }
    }

    @Test func aPNGIsTurned() throws {
        #expect(try ImageDecoder().inspect(Fixture.turnedPNG).orientation == .rightTop)
        let image = try ImageDecoder().decode(Fixture.turnedPNG)
        #expect(image.largestDifference { x, y in Fixture.color(y, Fixture.height - 1 - x) } == 0)
    }

    @Test func theTargetOfATurnedPictureIsUpright() throws {
        let wide = try ImageEncoder.jpeg(PixelImage.numbered(width: 400, height: 80))
        let block = Self.exif("II", type: 3, value: [6, 0, 0, 0])
        let bytes = JPEGBytes.inserting(0xE1, Array("Exif\0\0".utf8) + block, into: wide)
        let decoder = ImageDecoder(scaling: .fast)
        #expect(
            try decoder.decode(bytes, for: ImageSize(width: 10, height: 100)).size == ImageSize(width: 40, height: 200))
        #expect(
            try decoder.decode(bytes, for: ImageSize(width: 100, height: 10)).size == ImageSize(width: 80, height: 400))
    }

    /// Metadata is never a reason to refuse a photo, nor to read where there is nothing.
    @Test func damagedMetadataIsIgnored() throws {
        let block = Self.exif("MM", type: 3, value: [0, 6, 0, 0])
        var cases = (0..<32).map { Array(block.prefix($0)) }
        for value: UInt8 in [0, 9, 255] { cases.append(Self.exif("MM", type: 3, value: [0, value, 0, 0])) }
        cases.append(Self.exif("MM", type: 2, value: [6, 0, 0, 0]))
        cases.append(Array("MM\0*".utf8) + [0xFF, 0xFF, 0xFF, 0xFF])
        cases.append(Array("II*\0".utf8) + [8, 0, 0, 0, 0xFF, 0xFF])
        for exif in cases {
            let bytes = JPEGBytes.inserting(0xE1, Array("Exif\0\0".utf8) + exif, into: Fixture.baselineJPEG)
            #expect(try ImageDecoder().inspect(bytes).orientation == .topLeft, "\(exif)")
        }
    }
}
