import Datasets
import Platform
import Images
import MultiBox
import Testing
import Training

/// What is done after the warp, and the other mirror.
@Suite struct FlipAndLightTests {
    private static let photo: PixelImage = {
        var random = RandomStream(seed: 4)
        let pixels = (0..<30 * 20 * 3).map { _ in UInt8(random.index(below: 256)) }
        return PixelImage(width: 30, height: 20, pixels: pixels)
    }()

    private static let objects = [
        AnnotatedObject(box: CornerBox(xmin: 0.1, ymin: 0.2, xmax: 0.5, ymax: 0.4), classIndex: 1)
    ]

    private func warped(_ window: PhotoWindow, _ order: ChannelOrder = .rgb) -> [Float] {
        let normalization = PixelNormalization(
            order: order, scale: SIMD3(1 / 58, 1 / 57, 1 / 56), bias: SIMD3(-2, -2.1, -1.9))
        return [Float](unsafeUninitializedCapacity: 30 * 20 * 3) { buffer, count in
            count = 30 * 20 * 3
            window.warp(
                width: 30, height: 20, normalization: normalization,
                into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
    }

    @Test func `upside down, rows are exchanged and boxes with them`() {
        let window = PhotoWindow(photo: Self.photo, objects: Self.objects)
        let turned = Flip(.vertical).mirrored(window)
        let image = turned.image()
        for y in 0..<20 { for x in 0..<30 { #expect(image[x, y] == Self.photo[x, 19 - y]) } }
        let box = turned.objects[0].box
        #expect(abs(box.ymin - 0.6) < 1e-6 && abs(box.ymax - 0.8) < 1e-6 && box.xmin == 0.1 && box.xmax == 0.5)
        #expect(Flip(.vertical).mirrored(turned).image() == Self.photo)
        var random = RandomStream(seed: 1)
        #expect(Flip(.vertical, probability: 0)(window, using: &random) == window)
        #expect(Flip(.vertical, probability: 1)(window, using: &random) == turned)
    }

    @Test(arguments: [ChannelOrder.rgb, .bgr])
    func `light after the warp is light before it`(order: ChannelOrder) {
        let light = Light(brightness: 20, contrast: 1.3, saturation: 0.7, hue: 11, contrastIsFirst: false)
        var window = PhotoWindow(photo: Self.photo, objects: [])
        let plain = warped(window, order)
        window.light = light
        let after = warped(window, order)
        // The same size: the warp changes nothing, and only the rounding of the photo to bytes is between the two.
        let before = warped(PhotoWindow(photo: light(Self.photo), objects: []), order)
        for index in after.indices { #expect(abs(after[index] - before[index]) < 0.51 / 56) }
        #expect(after != plain)
        #expect(window.image() == light(Self.photo))
    }

    @Test(arguments: [false, true])
    func `the colour around a photo keeps its own light`(isTurned: Bool) {
        let fill = SIMD3<UInt8>(116, 120, 106)
        var window = PhotoWindow(photo: PixelImage(width: 10, height: 10, filledWith: fill), objects: [], fill: fill)
        (window.left, window.top, window.width, window.height) = (-4, -3, 30, 20)
        (window.isMirrored, window.isUpsideDown) = (isTurned, isTurned)
        window.light = Light(brightness: 50)
        let pixels = warped(window)
        let bright = pixels.indices.filter { $0 % 3 == 0 && pixels[$0] > pixels[0] + 0.5 }.map { $0 / 3 }
        let (columns, rows) = isTurned ? (16..<26, 7..<17) : (4..<14, 3..<13)
        #expect(bright == rows.flatMap { row in columns.map { row * 30 + $0 } })
    }
}
