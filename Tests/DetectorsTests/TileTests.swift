import Detectors
import Engine
import Images
import MultiBox
import TestSupport
import Testing

/// Parts of photos, and what becomes of what they show.
@Suite struct TileTests {
    private static let input = ImageSize(width: 300, height: 300)

    // MARK: Grids

    @Test(arguments: [
        (640, 480, "3x2"), (300, 300, "1x1"), (320, 240, "1x1"), (100, 50, "1x1"), (1000, 300, "4x1"),
        (300, 4000, "1x8"), (4000, 3000, "5x3"), (1920, 1080, "5x3"), (1280, 720, "5x3"), (32_000, 200, "8x1"),
        (65_535, 65_535, "4x4"), (1, 1, "1x1"),
    ])
    func followFromThePhotosSize(width: Int, height: Int, expected: String) {
        let grid = Tiling.automatic.grid(for: ImageSize(width: width, height: height), input: Self.input)
        #expect("\(Tiling.grid(grid))" == expected)
        #expect(grid.count <= Tiling.automaticParts)
    }

    @Test func haveNoMorePartsThanTheyMay() {
        for limit in -3...30 {
            let grid = Tiling.automatic.grid(
                for: ImageSize(width: 5000, height: 3000), input: Self.input, limit: limit)
            #expect((1...max(1, min(limit, Tiling.automaticParts))).contains(grid.count))
        }
    }

    @Test func areReadAndWritten() {
        for text in ["auto", "1x1", "2x2", "8x3", "1x8"] { #expect(Tiling(text).map { "\($0)" } == text) }
        for text in ["", "x", "2", "2x", "x2", "0x1", "9x1", "5x5", "2x2 ", "２x2", "2X2", "11x1", "Auto", "-1x2"] {
            #expect(Tiling(text) == nil, "\(text)")
        }
        #expect(TileGrid(columns: 5, rows: 5) == nil && TileGrid(columns: 0, rows: 1) == nil)
    }

    @Test(arguments: [(640, 480), (641, 333), (97, 4001), (33, 33), (1, 1), (65_535, 40)])
    func coverThePhotoAndOverlap(width: Int, height: Int) throws {
        let size = ImageSize(width: width, height: height)
        for (columns, rows) in [(1, 1), (2, 2), (3, 2), (8, 3), (1, 8)] {
            let grid = Tiling.grid(try #require(TileGrid(columns: columns, rows: rows)))
                .grid(for: size, input: Self.input)
            let frames = grid.frames(of: size)
            #expect(frames.count == grid.count)
            for frame in frames {
                #expect(frame.columns.lowerBound >= 0 && frame.columns.upperBound <= width)
                #expect(frame.rows.lowerBound >= 0 && frame.rows.upperBound <= height)
                #expect(frame.size == frames[0].size)
                #expect(grid.columns == 1 || frame.size.width >= TileGrid.minimumSide)
            }
            for y in 0..<grid.rows {
                #expect(frames[y * grid.columns].columns.lowerBound == 0)
                #expect(frames[(y + 1) * grid.columns - 1].columns.upperBound == width)
                for x in 1..<max(1, grid.columns) {
                    let (left, right) = (frames[y * grid.columns + x - 1].columns, frames[y * grid.columns + x].columns)
                    let shared = left.upperBound - right.lowerBound
                    #expect(abs(Double(shared) - TileGrid.overlap * Double(left.count)) <= 2)
                }
            }
            #expect(frames.first?.rows.lowerBound == 0 && frames.last?.rows.upperBound == height)
        }
    }

    // MARK: Merging

    private static let photo = ImageSize(width: 200, height: 100)
    private static let (left, right) = (
        TileFrame(columns: 0..<110, rows: 0..<100, photo: photo),
        TileFrame(columns: 90..<200, rows: 0..<100, photo: photo)
    )

    private func found(_ box: [Float], _ score: Float, of frame: TileFrame? = nil, class index: Int = 1) -> Detection {
        let (x, y) = (Float(frame?.columns.lowerBound ?? 0), Float(frame?.rows.lowerBound ?? 0))
        let (width, height) = (Float(frame?.size.width ?? 200), Float(frame?.size.height ?? 100))
        return Detection(
            box: CornerBox(
                xmin: (box[0] - x) / width, ymin: (box[1] - y) / height, xmax: (box[2] - x) / width,
                ymax: (box[3] - y) / height), classIndex: index, score: score)
    }

    private func expect(_ merged: [Detection], _ boxes: [[Float]], _ scores: [Float]) {
        #expect(merged.map(\.score) == scores)
        for (detection, box) in zip(merged, boxes) {
            let edges = [
                detection.box.xmin * 200, detection.box.ymin * 100, detection.box.xmax * 200, detection.box.ymax * 100,
            ]
            for (edge, other) in zip(edges, box) { #expect(abs(edge - other) < 0.01, "\(edges) for \(box)") }
        }
    }

    @Test func whatAPartCutsDoesNotBeatTheWhole() {
        let whole = found([60, 10, 160, 90], 0.6)
        let merged = TileMerger.merge(
            whole: [whole],
            parts: [
                (Self.left, [found([60, 10, 109.5, 90], 0.95, of: Self.left)]),
                (Self.right, [found([91, 10, 160, 90], 0.97, of: Self.right)]),
            ])
        expect(merged, [[60, 10, 160, 90]], [0.6])
    }

    @Test func whatEndsAtThePhotosOwnEdgeIsNotCut() {
        let merged = TileMerger.merge(
            whole: [], parts: [(Self.left, [found([0, 0, 20, 20], 0.9, of: Self.left)]), (Self.right, [])])
        expect(merged, [[0, 0, 20, 20]], [0.9])
    }

    @Test func anObjectOfTwoPartsIsOne() {
        let merged = TileMerger.merge(
            whole: [],
            parts: [
                (Self.left, [found([93, 40, 105, 60], 0.7, of: Self.left)]),
                (Self.right, [found([94, 40, 106, 60], 0.8, of: Self.right)]),
            ])
        expect(merged, [[94, 40, 106, 60]], [0.8])
    }

    @Test func aSmallObjectTakesTheSurerPartsBoxAndALargeOneKeepsItsOwn() {
        let small = TileMerger.merge(
            whole: [found([20, 20, 30, 30], 0.4)], parts: [(Self.left, [found([21, 20, 31, 30], 0.9, of: Self.left)])])
        expect(small, [[21, 20, 31, 30]], [0.9])
        let large = TileMerger.merge(
            whole: [found([10, 10, 90, 90], 0.4)], parts: [(Self.left, [found([12, 10, 92, 90], 0.9, of: Self.left)])])
        expect(large, [[10, 10, 90, 90]], [0.9])
        let surer = TileMerger.merge(
            whole: [found([20, 20, 30, 30], 0.95)], parts: [(Self.left, [found([21, 20, 31, 30], 0.9, of: Self.left)])])
        expect(surer, [[20, 20, 30, 30]], [0.95])
    }

    @Test func classesDoNotMeet() {
        let merged = TileMerger.merge(
            whole: [found([20, 20, 30, 30], 0.4)],
            parts: [(Self.left, [found([20, 20, 30, 30], 0.9, of: Self.left, class: 2)])])
        #expect(merged.map(\.classIndex) == [1, 2])
    }

    @Test func theWholesDetectionsAllStay() throws {
        var random = SeededGenerator(seed: 7)
        func detections(_ count: Int) -> [Detection] {
            (0..<count).map { _ in
                let (x, y) = (Float.random(in: 0...0.8, using: &random), Float.random(in: 0...0.8, using: &random))
                return Detection(
                    box: CornerBox(
                        xmin: x, ymin: y, xmax: x + .random(in: 0.01...0.5, using: &random),
                        ymax: y + .random(in: 0.01...0.5, using: &random)),
                    classIndex: .random(in: 1...3, using: &random), score: .random(in: 0...1, using: &random))
            }
        }
        let size = ImageSize(width: 700, height: 500)
        let frames = try #require(TileGrid(columns: 3, rows: 2)).frames(of: size)
        for _ in 0..<20 {
            let whole = detections(30)
            let merged = TileMerger.merge(whole: whole, parts: frames.map { (frame: $0, detections: detections(50)) })
            #expect(merged.count > whole.count)
            for detection in whole {
                #expect(
                    merged.contains {
                        $0.classIndex == detection.classIndex && $0.score >= detection.score
                            && ($0.box == detection.box
                                || $0.box.intersectionOverUnion(detection.box.clipped()) > TileMerger.overlap)
                    })
            }
            // What parts add is not the same object twice.
            let added = merged.dropFirst(whole.count)
            for (index, one) in added.enumerated() {
                for other in added.dropFirst(index + 1) where one.classIndex == other.classIndex {
                    #expect(one.box.intersectionOverUnion(other.box) <= TileMerger.overlap)
                }
            }
        }
    }

    // MARK: Photos

    /// A red object that fills a cell of the network's input in a part of a grid of 4×4 and a tenth of one in the whole.
    @Test func aPartShowsWhatIsTooSmallInTheWhole() throws {
        var image = PixelImage(width: 256, height: 256)
        for y in 79..<98 { for x in 79..<98 { image[x, y] = SIMD3(255, 0, 0) } }
        let bytes = try ImageEncoder.png(image)
        let detector = Detector(engine: try InferenceEngine(model: try ColorDetector.model()))
        let options = DetectionOptions(scoreThreshold: 0.5)
        #expect(try detector.detect(bytes[...], options: options).detections.isEmpty)
        let grid = try detector.grid(of: bytes[...], Tiling("4x4"))
        let found = detector.detect(try detector.prepare(bytes[...], grid), options: options)
        #expect(found.detections.count == 1 && found.size == ImageSize(width: 256, height: 256))
        let box = found.pixels(try #require(found.detections.first).box)
        for (edge, other) in zip([box.xmin, box.ymin, box.xmax, box.ymax], [79.0, 79, 98, 98]) {
            #expect(abs(edge - other) < 0.01)
        }
        #expect(try detector.prepare(bytes[...], nil).inputs.count == 1)
        #expect(try detector.prepare(bytes[...], detector.grid(of: bytes[...], Tiling("1x1"))).inputs.count == 1)
    }

    @Test func aPartIsThePhotosOwnPixels() {
        let image = ColorPhoto(width: 40, height: 20, cells: [5: .red], grain: 20).image
        let part = image.part(x: 7, y: 3, size: ImageSize(width: 21, height: 17))
        for y in 0..<17 { for x in 0..<21 { #expect(part[x, y] == image[x + 7, y + 3]) } }
    }
}
