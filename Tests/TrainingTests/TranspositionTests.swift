import Datasets
import Images
import MultiBox
import Testing
import Training

/// Photos with rows and columns exchanged.
@Suite struct TranspositionTests {
    private static let photo: PixelImage = {
        var random = RandomStream(seed: 6)
        let pixels = (0..<40 * 30 * 3).map { _ in UInt8(random.index(below: 256)) }
        return PixelImage(width: 40, height: 30, pixels: pixels)
    }()

    private static let objects = [
        AnnotatedObject(box: CornerBox(xmin: 0.4, ymin: 0.2, xmax: 0.6, ymax: 0.4), classIndex: 1)
    ]

    @Test func `rows and columns are exchanged, and boxes with them`() {
        let window = PhotoWindow(photo: Self.photo, objects: Self.objects)
        let turned = Transposition.transposed(window)
        let image = turned.image()
        #expect(image.width == 30 && image.height == 40)
        for y in 0..<40 { for x in 0..<30 { #expect(image[x, y] == Self.photo[y, x]) } }
        #expect(turned.objects[0].box == CornerBox(xmin: 0.2, ymin: 0.4, xmax: 0.4, ymax: 0.6))
        #expect(Transposition.transposed(turned) == window)
    }

    @Test(arguments: 0..<50)
    func `what is seen has the aspect of the photo and its objects`(seed: UInt64) {
        var random = RandomStream(seed: seed)
        let window = PhotoWindow(photo: Self.photo, objects: Self.objects)
        #expect(Transposition(probability: 0)(window, using: &random) == window)
        let part = Transposition(probability: 1)(window, using: &random)
        #expect(!part.objects.isEmpty)
        guard part != window else { return }  // A part without the object was drawn, which is rare: see below.
        #expect(part.width == 30 && part.height == 22)
        let tall = PhotoWindow(photo: Self.photo.upright(from: .leftTop), objects: [])
        let lying = Transposition(probability: 1)(tall, using: &random)
        #expect(lying.width == 22 && lying.height == 30)
    }

    @Test func `most photos are transposed`() {
        let window = PhotoWindow(photo: Self.photo, objects: Self.objects)
        let transposed = (0..<50).count { seed in
            var random = RandomStream(seed: UInt64(seed))
            return Transposition(probability: 1)(window, using: &random) != window
        }
        #expect(transposed > 25, "\(transposed) of 50")
    }
}
