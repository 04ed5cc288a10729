import Datasets
import Images
import MultiBox
import TestSupport
import Testing
import Training

/// Laws of the augmentation: whatever is drawn, boxes keep showing their objects.
@Suite struct AugmentationTests {
    /// A grey photo with rectangles, each of a colour of its own, and their boxes.
    private func photo(_ random: inout RandomStream) -> (PixelImage, [AnnotatedObject]) {
        let (width, height) = (60 + random.index(below: 80), 60 + random.index(below: 80))
        var photo = PixelImage(width: width, height: height, filledWith: SIMD3(repeating: 90))
        let (w, h) = (12 + random.index(below: width / 2), 12 + random.index(below: height / 2))
        let (x, y) = (random.index(below: width - w + 1), random.index(below: height - h + 1))
        for row in y..<y + h {
            for column in x..<x + w { photo[column, row] = SIMD3(200, 30, 30) }
        }
        let box = CornerBox(
            xmin: Float(x) / Float(width), ymin: Float(y) / Float(height), xmax: Float(x + w) / Float(width),
            ymax: Float(y + h) / Float(height))
        return (photo, [AnnotatedObject(box: box, classIndex: 1)])
    }

    /// The pixels that are more red than green, as a box.
    private func redBox(_ image: PixelImage) -> CornerBox? {
        var (left, top, right, bottom) = (Int.max, Int.max, -1, -1)
        for y in 0..<image.height {
            for x in 0..<image.width where Int(image[x, y].x) > Int(image[x, y].y) + 60 {
                (left, right, top, bottom) = (min(left, x), max(right, x), min(top, y), max(bottom, y))
            }
        }
        guard right >= 0 else { return nil }
        let (w, h) = (Float(image.width), Float(image.height))
        return CornerBox(
            xmin: Float(left) / w, ymin: Float(top) / h, xmax: Float(right + 1) / w, ymax: Float(bottom + 1) / h)
    }

    /// The published augmentation, and all that there is, but for light.
    private static let augmentations = [
        Augmentation(photometric: nil),
        Augmentation(
            photometric: nil, transposition: Transposition(), flips: [Flip(.horizontal), Flip(.vertical)]),
    ]

    @Test(arguments: 0..<300, augmentations)
    func `the box is where the object is`(seed: Int, augmentation: Augmentation) throws {
        var random = RandomStream(seed: UInt64(seed))
        let (photo, objects) = photo(&random)
        let window = augmentation(photo, objects: objects, fill: SIMD3(10, 20, 30), using: &random)
        let object = try #require(window.objects.first)
        let image = window.image()
        #expect(image.width == window.width && image.height == window.height)
        let seen = try #require(redBox(image))
        let tolerance: Float = 0.01 / Float(min(image.width, image.height)) + 1e-5
        for (a, b) in [
            (seen.xmin, object.box.xmin), (seen.xmax, object.box.xmax), (seen.ymin, object.box.ymin),
            (seen.ymax, object.box.ymax),
        ] { #expect((a - b).magnitude < tolerance, "\(seen) \(object.box)") }
        #expect(object.box == object.box.clipped() && object.box.area > 0)
    }

    @Test(arguments: 0..<20)
    func `one stream gives one version`(seed: UInt64) {
        var random = RandomStream(seed: seed)
        let (photo, objects) = photo(&random)
        var (a, b) = (random, random)
        let augmentation = Augmentation()
        #expect(
            augmentation(photo, objects: objects, using: &a) == augmentation(photo, objects: objects, using: &b))
        #expect(a == b)
    }

    @Test func `none changes nothing`() {
        var random = RandomStream(seed: 1)
        let (photo, objects) = photo(&random)
        let before = random
        let window = Augmentation.none(photo, objects: objects, using: &random)
        #expect(window.image() == photo && window.objects == objects && random == before)
    }

    @Test func `mirroring twice is nothing`() {
        var random = RandomStream(seed: 4)
        let (photo, objects) = photo(&random)
        let window = PhotoWindow(photo: photo, objects: objects)
        let mirror = Flip().mirrored(window)
        #expect(mirror.image()[0, 5] == photo[photo.width - 1, 5])
        #expect(mirror.image() != photo || photo.width == 1)
        let twice = Flip().mirrored(mirror)
        #expect(twice.image() == photo)
        #expect((twice.objects[0].box.xmin - objects[0].box.xmin).magnitude < 1e-6)
        #expect(Flip(probability: 1)(window, using: &random) == mirror)
        #expect(Flip(probability: 0)(window, using: &random) == window)
    }

    @Test(arguments: 0..<50)
    func `zooming out keeps every object and shrinks it by the canvas`(seed: UInt64) {
        var random = RandomStream(seed: seed)
        let (photo, objects) = photo(&random)
        let window = PhotoWindow(photo: photo, objects: objects, fill: SIMD3(1, 2, 3))
        let wide = ZoomOut(probability: 1)(window, using: &random)
        #expect(wide.objects.count == 1)
        let ratio = Float(photo.width * photo.height) / Float(wide.width * wide.height)
        #expect(ratio <= 1 && ratio >= 1.0 / 16.5)
        #expect((wide.objects[0].box.area / objects[0].box.area - ratio).magnitude < 1e-3)
        #expect(wide.left <= 0 && wide.top <= 0)
        #expect(wide.left + wide.width >= photo.width && wide.top + wide.height >= photo.height)
        if wide.left < 0 { #expect(wide.image()[0, 0] == SIMD3(1, 2, 3)) }
        #expect(ZoomOut(probability: 0)(window, using: &random) == window)
    }

    @Test(arguments: [Float(0.1), 0.3, 0.5, 0.7, 0.9], 0..<40)
    func `a crop has the overlap it was asked for, or is none`(minimum: Float, seed: UInt64) {
        var random = RandomStream(seed: seed)
        let (photo, objects) = photo(&random)
        let window = PhotoWindow(photo: photo, objects: objects)
        let part = MinimumOverlapCrop(constraints: [.minimumOverlap(minimum)])(window, using: &random)
        #expect(part.objects.count == 1)
        guard part != window else { return }
        let (w, h) = (Float(photo.width), Float(photo.height))
        let rectangle = CornerBox(
            xmin: Float(part.left) / w, ymin: Float(part.top) / h, xmax: Float(part.left + part.width) / w,
            ymax: Float(part.top + part.height) / h)
        #expect(rectangle == rectangle.clipped())
        #expect(rectangle.intersectionOverUnion(objects[0].box) >= minimum)
        let (scaleX, scaleY) = (Float(part.width) / w, Float(part.height) / h)
        let slack: Float = 0.03
        #expect((scaleX * scaleY).squareRoot() > 0.3 - slack)
        #expect(scaleX / scaleY > 0.5 - slack * 3 && scaleX / scaleY < 2 + slack * 6)
    }

    @Test func `crops are found`() {
        // Of many photos, a good part must be cropped at every constraint: a crop that never succeeds keeps every law.
        for constraint in [MinimumOverlapCrop.Constraint.minimumOverlap(0.1), .minimumOverlap(0.3), .any] {
            let cropped = (0..<100).count { seed in
                var random = RandomStream(seed: UInt64(seed))
                let (photo, objects) = photo(&random)
                let window = PhotoWindow(photo: photo, objects: objects)
                return MinimumOverlapCrop(constraints: [constraint])(window, using: &random) != window
            }
            #expect(cropped > 50, "\(constraint)")
        }
    }

    @Test func `an object whose centre is outside is dropped, one inside is cut off`() {
        let photo = PixelImage(width: 100, height: 100)
        // No centre lies on the edge between two pixels, where rounding would decide.
        let objects = (0..<10).map { index in
            AnnotatedObject(
                box: CornerBox(xmin: Float(index) / 10, ymin: 0.4, xmax: Float(index) / 10 + 0.097, ymax: 0.597),
                classIndex: index + 1)
        }
        for seed in 0..<100 {
            var random = RandomStream(seed: UInt64(seed))
            let window = PhotoWindow(photo: photo, objects: objects)
            let part = MinimumOverlapCrop(constraints: [.any])(window, using: &random)
            let expected = objects.filter { object in
                let center = CenterBox(object.box)
                let (x, y) = (center.cx * 100, center.cy * 100)
                return x > Float(part.left) && x < Float(part.left + part.width) && y > Float(part.top)
                    && y < Float(part.top + part.height)
            }
            #expect(part.objects.map(\.classIndex) == expected.map(\.classIndex))
            #expect(part.objects.allSatisfy { $0.box == $0.box.clipped() })
        }
    }

    @Test func `of a crowd all stays that is in a part`() {
        let photo = PixelImage(width: 100, height: 100)
        let objects = [
            AnnotatedObject(box: CornerBox(xmin: 0.4, ymin: 0.4, xmax: 0.6, ymax: 0.6), classIndex: 1),
            AnnotatedObject(box: CornerBox(xmin: 0, ymin: 0, xmax: 1, ymax: 0.52), classIndex: 2, isCrowd: true),
        ]
        var (cutOff, gone) = (0, 0)
        for seed in 0..<200 {
            var random = RandomStream(seed: UInt64(seed))
            let part = MinimumOverlapCrop(constraints: [.any])(
                PhotoWindow(photo: photo, objects: objects), using: &random)
            #expect(part.objects.contains { !$0.isCrowd })
            let shown = Float(52 - part.top) / Float(part.height)
            let crowd = part.objects.first { $0.isCrowd }
            if shown > 0 {
                let expected = CornerBox(xmin: 0, ymin: 0, xmax: 1, ymax: min(shown, 1))
                #expect(crowd.map { $0.box.intersectionOverUnion(expected) > 0.999 } == true)
                if part.top > 26 { cutOff += 1 }
            } else {
                #expect(crowd == nil)
                gone += 1
            }
        }
        #expect(cutOff > 5, "\(cutOff), \(gone)")
    }

    @Test func `photos without objects`() {
        var random = RandomStream(seed: 9)
        let window = PhotoWindow(photo: PixelImage(width: 50, height: 40), objects: [])
        #expect(MinimumOverlapCrop(constraints: [.minimumOverlap(0.1)])(window, using: &random) == window)
        #expect(MinimumOverlapCrop(constraints: [.any])(window, using: &random) != window)
        #expect(MinimumOverlapCrop(constraints: [.whole])(window, using: &random) == window)
        for seed in 0..<50 {
            var random = RandomStream(seed: UInt64(seed))
            let photo = PixelImage(width: 1 + seed % 3, height: 1)
            #expect(Augmentation()(photo, objects: [], using: &random).objects.isEmpty)
        }
    }

    @Test func `warping is what inference does`() {
        var random = RandomStream(seed: 12)
        let (photo, objects) = photo(&random)
        let normalization = PixelNormalization(order: .bgr, mean: SIMD3(104, 117, 123), deviation: SIMD3(2, 3, 4))
        var (a, b) = ([Float](repeating: 0, count: 30 * 20 * 3), [Float](repeating: 1, count: 30 * 20 * 3))
        a.withUnsafeMutableBufferPointer {
            PhotoWindow(photo: photo, objects: objects).warp(
                width: 30, height: 20, normalization: normalization, into: $0)
        }
        b.withUnsafeMutableBufferPointer {
            Resampler(width: 30, height: 20).resample(photo, normalization: normalization, into: $0)
        }
        #expect(a == b)
    }
}
