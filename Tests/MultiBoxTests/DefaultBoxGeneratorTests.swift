import MultiBox
import Testing

/// The default boxes of published models.
@Suite struct DefaultBoxGeneratorTests {
    struct Preset: Sendable {
        var configuration: DefaultBoxConfiguration
        var count: Int
        var boxesPerCell: [Int]
    }

    static let presets = [
        Preset(configuration: .ssd300VOC, count: 8732, boxesPerCell: [4, 6, 6, 6, 4, 4]),
        Preset(configuration: .ssd300COCO, count: 8732, boxesPerCell: [4, 6, 6, 6, 4, 4]),
        Preset(configuration: .ssdPyTorchVOC, count: 8732, boxesPerCell: [4, 6, 6, 6, 4, 4]),
        Preset(configuration: .torchvisionSSD300, count: 8732, boxesPerCell: [4, 6, 6, 6, 4, 4]),
        Preset(configuration: .ssd512VOC, count: 24564, boxesPerCell: [4, 6, 6, 6, 6, 4, 4]),
        Preset(configuration: .ssd512VOCCaffe, count: 24564, boxesPerCell: [4, 6, 6, 6, 6, 4, 4]),
        Preset(configuration: .torchvisionSSDLite320, count: 3234, boxesPerCell: [6, 6, 6, 6, 6, 6]),
        Preset(configuration: .mobileNetSSD, count: 1917, boxesPerCell: [3, 6, 6, 6, 6, 6]),
        Preset(configuration: .ultraLightFace320, count: 4420, boxesPerCell: [3, 2, 2, 3]),
    ]

    @Test(arguments: presets)
    func totals(_ preset: Preset) throws {
        let boxes = try DefaultBoxes.generated(preset.configuration).boxes()
        #expect(boxes.count == preset.count)
        #expect(preset.configuration.maps.map(\.boxesPerCell) == preset.boxesPerCell)
        #expect(try DefaultBoxGenerator(preset.configuration).count == preset.count)
    }

    @Test func centresOfSSD300OutsideTheImage() throws {
        func outside(_ configuration: DefaultBoxConfiguration) throws -> Int {
            try DefaultBoxes.generated(configuration).boxes()
                .count { !(0...1).contains($0.cx) || !(0...1).contains($0.cy) }
        }
        #expect(try outside(.ssd300VOC) == 114)
        #expect(try outside(.torchvisionSSD300) == 114)
        #expect(try outside(.ssdPyTorchVOC) == 0)
        #expect(try outside(.mobileNetSSD) == 0)
    }

    /// The centre and extents in pixels, with a tolerance of a thousandth.
    private func expect(
        _ box: CenterBox, _ image: (Float, Float), _ pixels: [Float],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let actual = [box.cx * image.0, box.cy * image.1, box.w * image.0, box.h * image.1]
        for (a, b) in zip(actual, pixels) {
            #expect(abs(a - b) < 1e-3, "\(actual) is not \(pixels)", sourceLocation: sourceLocation)
        }
    }

    @Test func firstAndSecondCellOfSSD300() throws {
        let boxes = try DefaultBoxes.generated(.ssd300VOC).boxes()
        // Sizes 30, √(30·60), 30√2 × 30/√2 and upright; centres 4, then 12 across.
        expect(boxes[0], (300, 300), [4, 4, 30, 30])
        expect(boxes[1], (300, 300), [4, 4, 42.4264, 42.4264])
        expect(boxes[2], (300, 300), [4, 4, 42.4264, 21.2132])
        expect(boxes[3], (300, 300), [4, 4, 21.2132, 42.4264])
        expect(boxes[4], (300, 300), [12, 4, 30, 30])
        expect(boxes[38 * 4], (300, 300), [4, 12, 30, 30])
        // The second map starts with size 60, step 16, and its fifth box has ratio 3.
        expect(boxes[5776], (300, 300), [8, 8, 60, 60])
        expect(boxes[5780], (300, 300), [8, 8, 103.923, 34.641])
        // The last map's only cell.
        expect(boxes[8728], (300, 300), [150, 150, 264, 264])
        expect(boxes[8731], (300, 300), [150, 150, 186.6762, 373.3524])
    }

    @Test func clipsDiffer() throws {
        // The last box of SSD300 is taller than the image.
        func last(_ clip: DefaultBoxConfiguration.Clip) throws -> CenterBox {
            var configuration = DefaultBoxConfiguration.ssd300VOC
            configuration.clip = clip
            return try #require(try DefaultBoxGenerator(configuration).boxes().last)
        }
        expect(try last(.none), (300, 300), [150, 150, 186.6762, 373.3524])
        expect(try last(.sizeOnly), (300, 300), [150, 150, 186.6762, 300])
        expect(try last(.corners), (300, 300), [150, 150, 186.6762, 300])
        // At the corner of the image: corners move the centre, the other forms do not.
        var configuration = DefaultBoxConfiguration.ssd300VOC
        configuration.clip = .corners
        expect(try DefaultBoxGenerator(configuration).boxes()[0], (300, 300), [9.5, 9.5, 19, 19])
        // Beyond the image (last column of the third map, centre 304): the centre form alone pulls the centre in.
        let index = 5776 + 2166 + 9 * 6
        configuration.clip = .sizeOnly
        expect(try DefaultBoxGenerator(configuration).boxes()[index], (300, 300), [304, 16, 111, 111])
        configuration.clip = .centerForm
        expect(try DefaultBoxGenerator(configuration).boxes()[index], (300, 300), [300, 16, 111, 111])
    }

    @Test func caffeTruncatesTheSizesOfSSD512() throws {
        let paper = try DefaultBoxes.generated(.ssd512VOC).boxes()
        let caffe = try DefaultBoxes.generated(.ssd512VOCCaffe).boxes()
        expect(paper[0], (512, 512), [4, 4, 35.84, 35.84])
        expect(caffe[0], (512, 512), [4, 4, 35, 35])
        // √(35.84 · 76.8) and √(35 · 76).
        expect(paper[1], (512, 512), [4, 4, 52.4642, 52.4642])
        expect(caffe[1], (512, 512), [4, 4, 51.5752, 51.5752])
    }

    @Test func withoutStepsTheGridIsTheMap() throws {
        let lite = try DefaultBoxes.generated(.torchvisionSSDLite320).boxes()
        expect(lite[0], (320, 320), [8, 8, 64, 64])
        expect(lite[1], (320, 320), [8, 8, 84.6640, 84.6640])
        expect(lite[3233], (320, 320), [160, 160, 175.5145, 320])
        let mobile = try DefaultBoxes.generated(.mobileNetSSD).boxes()
        expect(mobile[0], (300, 300), [7.8947, 7.8947, 60, 60])
        expect(mobile[1], (300, 300), [7.8947, 7.8947, 84.8528, 42.4264])
        expect(mobile[1083], (300, 300), [15, 15, 105, 105])
    }

    @Test func facesOnAnImageThatIsNotSquare() throws {
        let boxes = try DefaultBoxes.generated(.ultraLightFace320).boxes()
        expect(boxes[0], (320, 240), [4, 4, 10, 10])
        expect(boxes[2], (320, 240), [4, 4, 24, 24])
        expect(boxes[3600], (320, 240), [8, 8, 32, 32])
        // The last cell's centre, 288 × 210, and a size as tall as an image of 256 rows: clamped to 240.
        expect(boxes[4419], (320, 240), [288, 210, 256, 240])
        // Row 7 of the third map's eight, as in the authors' exported graph: rows are 30 pixels high, not 32.
        #expect(boxes[4359].cy == 0.9375)
    }

    @Test func configurationsFromFilesAreChecked() {
        func error(_ change: (inout DefaultBoxConfiguration) -> Void) -> MultiBoxError? {
            var configuration = DefaultBoxConfiguration.ssd300VOC
            change(&configuration)
            do {
                _ = try DefaultBoxGenerator(configuration)
                return nil
            } catch { return error }
        }
        #expect(error { _ in } == nil)
        #expect(error { $0.imageWidth = 0 } == .invalidImageSize(width: 0, height: 300))
        #expect(error { $0.imageHeight = .max } == .invalidImageSize(width: 300, height: .max))
        #expect(error { $0.maps[1].rows = -1 } == .emptySourceMap(map: 1, rows: -1, columns: 19))
        #expect(error { $0.maps[1].columns = .max } == .emptySourceMap(map: 1, rows: 19, columns: .max))
        #expect(
            error { $0.maps[0].maximumSizes = [1, 2] }
                == .sizeCountMismatch(map: 0, minimumSizes: 1, maximumSizes: 2))
        #expect(
            error { $0.maps[0].minimumSizes = [] } == .sizeCountMismatch(map: 0, minimumSizes: 0, maximumSizes: 1))
        #expect(error { $0.maps[2].minimumSizes = [0] } == .invalidSize(map: 2, value: 0))
        #expect(error { $0.maps[2].maximumSizes = [.infinity] } == .invalidSize(map: 2, value: .infinity))
        #expect(error { $0.maps[3].aspectRatios = [-2] } == .invalidAspectRatio(map: 3, value: -2))
        #expect(error { $0.maps[3].stepY = 0 } == .invalidStep(map: 3, value: 0))
        #expect(error { $0.maps = [] } == .invalidDefaultBoxCount(0, limit: 1 << 20))
        #expect(
            error {
                $0.maps[0].rows = 1 << 16
                $0.maps[0].columns = 1 << 16
            } == .invalidDefaultBoxCount(1 << 34, limit: 1 << 20))
    }
}
