import MultiBox
import Testing

/// Boxes whose sizes are coded as they are, and default boxes that are listed.
struct LinearCoderTests {
    @Test func `sizes are those that the offsets say, in shares of the default box's`() {
        let coder = BoxCoder.blazeFace(side: 128)
        let anchor = CenterBox(cx: 0.25, cy: 0.75, w: 1, h: 1)
        let box = coder.decode([12.8, -6.4, 32, 64], relativeTo: anchor)
        #expect(abs(box.xmin - (0.35 - 0.125)) < 1e-6 && abs(box.xmax - (0.35 + 0.125)) < 1e-6)
        #expect(abs(box.ymin - (0.7 - 0.25)) < 1e-6 && abs(box.ymax - (0.7 + 0.25)) < 1e-6)
        for negative in [SIMD4<Float>(0, 0, -1, 4), SIMD4(0, 0, 4, -1), SIMD4(0, 0, .nan, 4)] {
            #expect(!coder.decode(negative, relativeTo: anchor).isFinite, "\(negative)")
        }
        // 5 · 0.2 of a default box's width, 10 · 0.2 of its height.
        let narrow = CenterBox(cx: 0.5, cy: 0.5, w: 0.1, h: 0.2)
        let decoded = BoxCoder(sizes: .linear).decode([0, 0, 5, 10], relativeTo: narrow)
        #expect(abs(decoded.width - 0.1) < 1e-6 && abs(decoded.height - 0.4) < 1e-6)
    }

    @Test(arguments: [BoxCoder.blazeFace(side: 256), BoxCoder(order: .yxhw, sizes: .linear)])
    func `encoding is the inverse`(coder: BoxCoder) throws {
        let (truth, anchor) = (
            CenterBox(cx: 0.3, cy: 0.6, w: 0.2, h: 0.1), CenterBox(cx: 0.25, cy: 0.5, w: 0.4, h: 0.3)
        )
        let offsets = try #require(coder.encode(truth, relativeTo: anchor))
        let found = CenterBox(coder.decode(offsets, relativeTo: anchor))
        for (a, b) in [(found.cx, truth.cx), (found.cy, truth.cy), (found.w, truth.w), (found.h, truth.h)] {
            #expect(abs(a - b) < 1e-6)
        }
    }

    @Test func `listed shapes follow those of sizes, and centres are where the offset says`() throws {
        var map = DefaultBoxConfiguration.SourceMap(rows: 1, columns: 2, minimumSizes: [10])
        map.shapes = [.init(width: 20, height: 5)]
        map.offset = 0.25
        let configuration = DefaultBoxConfiguration(imageWidth: 40, imageHeight: 20, maps: [map])
        #expect(map.boxesPerCell == 2)
        let boxes = try DefaultBoxGenerator(configuration).boxes()
        #expect(
            boxes == [
                CenterBox(cx: 0.125, cy: 0.25, w: 0.25, h: 0.5), CenterBox(cx: 0.125, cy: 0.25, w: 0.5, h: 0.25),
                CenterBox(cx: 0.625, cy: 0.25, w: 0.25, h: 0.5), CenterBox(cx: 0.625, cy: 0.25, w: 0.5, h: 0.25),
            ])
        for (change, error) in [
            ({ $0.offset = -1 }, MultiBoxError.invalidOffset(map: 0, value: -1)),
            ({ $0.shapes[0].width = 0 }, .invalidSize(map: 0, value: 0)),
            ({ $0.shapes[0].height = .infinity }, .invalidSize(map: 0, value: .infinity)),
            ({ ($0.minimumSizes, $0.shapes) = ([], []) }, .sizeCountMismatch(map: 0, minimumSizes: 0, maximumSizes: 0)),
        ] as [((inout DefaultBoxConfiguration.SourceMap) -> Void, MultiBoxError)] {
            var wrong = configuration
            change(&wrong.maps[0])
            #expect(throws: error) { try DefaultBoxGenerator(wrong) }
        }
    }

    @Test func `published detectors have as many boxes as their outputs have rows`() throws {
        func count(_ configuration: DefaultBoxConfiguration) throws -> Int {
            try DefaultBoxGenerator(configuration).count
        }
        #expect(try count(.blazeFace(side: 128, maps: [(16, 2), (8, 6)])) == 896)
        #expect(try count(.blazeFace(side: 192, maps: [(48, 1)])) == 2304)
        #expect(try count(.aizooFaceMask) == 5972)
        #expect(try count(.ultraLightFace(width: 640, height: 480)) == 17640)
        #expect(try count(.ssd512COCO) == 24564)
        let usual = DefaultBoxConfiguration.usual(imageWidth: 300, imageHeight: 200, maps: [(4, 6, 3), (2, 3, 6)])
        #expect(try count(usual) == 108)
        #expect(usual.maps[1].shapes[0].width == 180 && usual.maps[0].shapes[2].width > usual.maps[0].shapes[2].height)
    }
}
