import Datasets
import Foundation
import Images
import MultiBox
import TestSupport
import Testing
import Training

/// Laws of mosaics.
@Suite struct MosaicTests {
    private let normalization = PixelNormalization(order: .rgb, scale: .one, bias: .zero)

    @Test(arguments: 0..<100)
    func `tiles cover the input, each pixel once`(seed: UInt64) {
        var random = RandomStream(seed: seed)
        let (width, height) = (2 + random.index(below: 20), 2 + random.index(below: 20))
        var count = [Int](repeating: 0, count: width * height)
        let tiles = Mosaic(center: 0...1).tiles(width: width, height: height, using: &random)
        #expect(tiles.count == Mosaic.photoCount && tiles.allSatisfy { !$0.columns.isEmpty && !$0.rows.isEmpty })
        for tile in tiles { for y in tile.rows { for x in tile.columns { count[y * width + x] += 1 } } }
        #expect(count.allSatisfy { $0 == 1 })
    }

    @Test(arguments: 0..<200)
    func `boxes are where the objects are, in their size`(seed: UInt64) throws {
        var random = RandomStream(seed: seed)
        let (width, height, side) = (80, 60, 40)
        var photo = PixelImage(width: width, height: height, filledWith: SIMD3(repeating: 90))
        let (left, top) = (random.index(below: width - 12), random.index(below: height - 12))
        for y in top..<top + 12 { for x in left..<left + 12 { photo[x, y] = SIMD3(240, 0, 0) } }
        let object = AnnotatedObject(
            box: CornerBox(
                xmin: Float(left) / 80, ymin: Float(top) / 60, xmax: Float(left + 12) / 80, ymax: Float(top + 12) / 60),
            classIndex: 2)
        let mosaic = Mosaic(scale: 1...1)
        let augmentation = Augmentation(photometric: nil, flips: [Flip(.horizontal), Flip(.vertical)], mosaic: mosaic)
        var input = [Float](repeating: -1, count: side * side * 3)
        for tile in mosaic.tiles(width: side, height: side, using: &random) {
            let window = augmentation.tile(
                tile, of: mosaic, width: side, height: side, photo: photo, objects: [object], using: &random)
            let objects = input.withUnsafeMutableBufferPointer {
                Mosaic.warp(window, to: tile, normalization: normalization, of: $0, width: side)
            }
            for box in objects.map(\.box) {
                // 12 pixels of 80 are 6 of 40, and 12 of 60 are 8, less what the tile cuts off and pixels round away.
                #expect(box.width < 6.5 / 40 && box.height < 8.5 / 40 && box.width > 2.5 / 40 && box.height > 3.5 / 40)
                let (x, y) = (Int((box.xmin + box.xmax) * 20), Int((box.ymin + box.ymax) * 20))
                #expect(tile.columns.contains(x) && tile.rows.contains(y))
                let pixel = (y * side + x) * 3
                #expect(input[pixel] > input[pixel + 1] + 100, "\(box) of \(tile)")
            }
            #expect(objects.allSatisfy { $0.classIndex == 2 } && objects.count <= 1)
        }
        #expect(!input.contains(-1))
    }

    @Test func `a part that would not fit is shown larger`() {
        var random = RandomStream(seed: 3)
        let photo = PixelImage(width: 80, height: 60)
        let window = Transposition.transposed(PhotoWindow(photo: photo, objects: []))
        let part = Mosaic(scale: 1...1).part(
            of: window, for: Mosaic.Tile(columns: 0..<40, rows: 0..<10), columnWidth: 2, rowHeight: 1.5, using: &random)
        // The tile is 80 × 15 pixels of the photo, which is 60 wide.
        #expect(part.width == 60 && part.height == 11)
    }

    @Test func `the last epochs are as if there were none`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        let detector = try TinyDetector.make()
        // One step of training changes nothing of what the second sees: only the batches differ, or do not.
        func losses(_ mosaic: Mosaic?) throws -> [StepResult] {
            let augmentation = Augmentation(photometric: nil, zoomOut: nil, crop: nil, flips: [], mosaic: mosaic)
            var configuration = TinyDetector.configuration(augmentation: augmentation)
            configuration.schedule = LearningRateSchedule(base: 1e-30)
            let trainer = try Trainer(detector: detector, dataset: dataset, configuration: configuration)
            return try (0..<4).map { _ in try trainer.step() }
        }
        let (plain, some) = (try losses(nil), try losses(Mosaic(probability: 1, epochs: 1)))
        #expect(some[0].loss != plain[0].loss && some[1].loss != plain[1].loss)
        #expect(some[2].loss == plain[2].loss && some[3].loss == plain[3].loss)
    }

    /// A crowd that is cut off at an edge, or an annotation, may be so narrow that nothing of it is left elsewhere.
    @Test func `what has no extent any more after it has been moved is no object`() throws {
        let folder = try TemporaryFolder()
        _ = try TinyDetector.dataset(folder)
        let slivers = (1...10).map {
            """
            {"id":\(100 + $0),"image_id":\($0),"category_id":1,"bbox":[1e-7,3,1e-7,20],"iscrowd":\($0 % 2)}
            """
        }
        let text = try String(contentsOfFile: folder.path + "/instances.json", encoding: .utf8)
        try folder.write(
            "instances.json",
            text.replacingOccurrences(
                of: #""annotations":["#, with: #""annotations":["# + slivers.joined(separator: ",") + ","))
        let dataset = try COCODataset(root: folder.path)
        #expect(dataset.photos.allSatisfy { $0.objects.count == 3 }, "they are read")
        for augmentation in [
            Augmentation(photometric: nil, zoomOut: nil, crop: nil, flips: [], mosaic: Mosaic(probability: 1)),
            Augmentation(photometric: nil, zoomOut: nil, crop: nil, flips: [Flip(.horizontal, probability: 1)]),
        ] {
            let trainer = try Trainer(
                detector: TinyDetector.make(), dataset: dataset,
                configuration: TinyDetector.configuration(augmentation: augmentation))
            for _ in 0..<4 { #expect(try trainer.step().loss.total.isFinite) }
        }
    }

    @Test func `a detector learns from mosaics`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        let detector = try TinyDetector.make()
        let augmentation = Augmentation(
            photometric: nil, zoomOut: nil, crop: nil, flips: [], mosaic: Mosaic(probability: 1, scale: 1...1))
        let trainer = try Trainer(
            detector: detector, dataset: dataset, configuration: TinyDetector.configuration(augmentation: augmentation))
        let losses = try (0..<250).map { _ in try trainer.step().loss.total }
        #expect(losses.allSatisfy(\.isFinite) && losses[200...].reduce(0, +) / 50 < losses[0] / 3, "\(losses[249])")
    }
}
