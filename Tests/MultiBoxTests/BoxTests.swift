import MultiBox
import Testing

/// Boxes and their overlap.
@Suite struct BoxTests {
    @Test func formsConvertBothWays() {
        let corner = CornerBox(xmin: 0.25, ymin: 0.5, xmax: 0.75, ymax: 1)
        let center = CenterBox(cx: 0.5, cy: 0.75, w: 0.5, h: 0.5)
        #expect(CenterBox(corner) == center)
        #expect(CornerBox(center) == corner)
    }

    @Test func overlapWorkedByHand() {
        let a = CornerBox(xmin: 0, ymin: 0, xmax: 0.5, ymax: 0.5)
        // A quarter of each is shared: 1 / (4 + 4 − 1).
        let b = CornerBox(xmin: 0.25, ymin: 0.25, xmax: 0.75, ymax: 0.75)
        #expect(abs(a.intersectionOverUnion(b) - 1 / 7) < 1e-7)
        #expect(a.intersectionOverUnion(b) == b.intersectionOverUnion(a))
        #expect(a.intersectionOverUnion(a) == 1)
        let touching = CornerBox(xmin: 0.5, ymin: 0, xmax: 1, ymax: 0.5)
        #expect(a.intersectionOverUnion(touching) == 0)
    }

    @Test func degenerateBoxesOverlapNothing() {
        let unit = CornerBox(xmin: 0, ymin: 0, xmax: 1, ymax: 1)
        let line = CornerBox(xmin: 0.5, ymin: 0, xmax: 0.5, ymax: 1)
        let inverted = CornerBox(xmin: 0.75, ymin: 0.75, xmax: 0.25, ymax: 0.25)
        for box in [line, inverted] {
            #expect(box.area == 0)
            #expect(unit.intersectionOverUnion(box) == 0)
            #expect(box.intersectionOverUnion(box) == 0)
        }
    }

    @Test func clipping() {
        let box = CornerBox(xmin: -0.5, ymin: 0.25, xmax: 0.5, ymax: 1.5)
        #expect(box.clipped() == CornerBox(xmin: 0, ymin: 0.25, xmax: 0.5, ymax: 1))
        let outside = CornerBox(xmin: 1.25, ymin: -2, xmax: 1.5, ymax: -1)
        #expect(outside.clipped() == CornerBox(xmin: 1, ymin: 0, xmax: 1, ymax: 0))
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func finiteness(_ value: Float) {
        let box = CornerBox(xmin: 1, ymin: 2, xmax: 3, ymax: .greatestFiniteMagnitude)
        #expect(box.isFinite)
        for edge in [\CornerBox.xmin, \.ymin, \.xmax, \.ymax] as [WritableKeyPath<CornerBox, Float>] {
            var broken = box
            broken[keyPath: edge] = value
            #expect(!broken.isFinite)
        }
    }
}
