import Images
import TestSupport
import Testing

@Suite struct BoxPainterTests {
    private func painted(_ boxes: [LabelledBox], width: Int = 200, height: Int = 120) -> PixelImage {
        var image = PixelImage(width: width, height: height, filledWith: SIMD3(90, 91, 92))
        BoxPainter().paint(boxes, on: &image)
        return image
    }

    @Test func anOutlineIsDrawnAndTheInsideLeft() {
        let image = painted([LabelledBox(xmin: 20, ymin: 30, xmax: 100, ymax: 90, label: "", colorIndex: 3)])
        let background = SIMD3<UInt8>(90, 91, 92)
        for point in [(20, 30), (60, 30), (99, 30), (20, 60), (99, 60), (20, 89), (99, 89)] {
            #expect(image[point.0, point.1] != background, "\(point)")
        }
        for point in [(19, 30), (60, 29), (100, 60), (60, 90), (60, 60), (24, 34)] {
            #expect(image[point.0, point.1] == background, "\(point)")
        }
    }

    @Test func classesKeepTheirColours() {
        func color(_ index: Int) -> SIMD3<UInt8> {
            painted([LabelledBox(xmin: 20, ymin: 30, xmax: 100, ymax: 90, label: "", colorIndex: index)])[20, 60]
        }
        #expect(color(5) == color(5))
        #expect(Set((0..<90).map { color($0) }).count > 80)
        _ = color(.min)
        _ = color(.max)
    }

    @Test func theLabelStandsOnTheBoxOrInsideAtTheTop() {
        let background = SIMD3<UInt8>(90, 91, 92)
        let below = painted([LabelledBox(xmin: 20, ymin: 60, xmax: 100, ymax: 110, label: "cat 0.98", colorIndex: 0)])
        #expect(below[22, 57] != background)
        let above = painted([LabelledBox(xmin: 20, ymin: 2, xmax: 100, ymax: 110, label: "cat 0.98", colorIndex: 0)])
        #expect(above[20, 1] == background)
        #expect(above[24, 10] != background)
    }

    /// Ten boxes in one place: the strip of each label is there as a whole, whatever was drawn after it.
    @Test func labelsCoverEachOtherOnlyWhereThereIsNoRoom() {
        func box(_ index: Int, _ label: String) -> LabelledBox {
            LabelledBox(xmin: 60, ymin: 50, xmax: 260, ymax: 200, label: label, colorIndex: index)
        }
        func count(_ index: Int, in image: PixelImage) -> Int {
            let color = painted([box(index, "")], width: 320, height: 240)[60, 120]
            return (0..<image.height).reduce(0) { count, y in
                count + (0..<image.width).count { image[$0, y] == color }
            }
        }
        let boxes = (0..<10).map { box($0, "label \($0)") }
        let all = painted(boxes, width: 320, height: 240)
        for index in 0..<10 {
            let strip =
                count(index, in: painted([box(index, "label \(index)")], width: 320, height: 240))
                - count(index, in: painted([box(index, "")], width: 320, height: 240))
            #expect(strip > 100 && count(index, in: all) >= strip * 9 / 10, "\(index)")
        }
        // Where nothing is free they still are on the picture.
        let one = LabelledBox(xmin: 4, ymin: 4, xmax: 60, ymax: 44, label: "crowd", colorIndex: 1)
        #expect(count(1, in: painted(Array(repeating: one, count: 100), width: 64, height: 48)) > 0)
    }

    @Test func everyLetterIsItsOwn() {
        let letters = (0x20...0x7E).compactMap { UnicodeScalar($0).map { String(Character($0)) } }
        let pictures = Set(
            (letters + ["é"]).map { letter in
                painted([LabelledBox(xmin: 20, ymin: 60, xmax: 100, ymax: 110, label: letter, colorIndex: 0)]).pixels
            })
        #expect(pictures.count == 96)
    }

    /// No box and no label is dangerous, whatever the size of the picture.
    @Test(arguments: [(1, 1), (3, 200), (200, 3), (64, 48)])
    func anyBoxOnAnyPicture(_ width: Int, _ height: Int) {
        let values: [Float] = [
            .nan, .infinity, -.infinity, 0, -0.0, -1, 0.4, 1, 2.5, 47, 48, 63.9, 64, 1e9, -1e9, 3e38, -3e38,
            .leastNonzeroMagnitude,
        ]
        var random = SeededGenerator(seed: 21)
        for _ in 0..<4000 {
            func edge() -> Float { values.randomElement(using: &random) ?? 0 }
            let label = String(repeating: "Wg\u{1F600}", count: Int.random(in: 0...40, using: &random))
            let box = LabelledBox(
                xmin: edge(), ymin: edge(), xmax: edge(), ymax: edge(), label: label,
                colorIndex: Int.random(in: .min ... .max, using: &random))
            #expect(painted([box], width: width, height: height).size == ImageSize(width: width, height: height))
        }
    }

    @Test func whatIsNoBoxOnThePictureIsNotDrawn() {
        let blank = painted([])
        for box in [
            (Float.nan, Float(0), Float(50), Float(50)), (0, 0, .nan, 50), (50, 0, 20, 50), (300, 10, 400, 50),
            (10, -50, 40, -20),
        ] {
            let image = painted([
                LabelledBox(xmin: box.0, ymin: box.1, xmax: box.2, ymax: box.3, label: "x", colorIndex: 1)
            ])
            #expect(image == blank, "\(box)")
        }
    }
}
