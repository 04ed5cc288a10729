import Detectors
import Engine
import Images
import JSON
import MultiBox
import Networks
import Platform
import TestSupport
import Testing

/// A photo to detections, by a detector that can be worked by hand.
@Suite struct DetectorTests {
    private static let labels = ["red", "green"]

    /// One default box for each half of the photo, found as the class of the colour that fills it.
    private func model(normalization: Preprocessing.Normalization, channels: ChannelOrder = .rgb) throws
        -> DetectionModel
    {
        var builder = NetworkBuilder(
            input: try TensorShape(height: 8, width: 16, channels: 3), element: .float32)
        func head(_ outputs: Int, _ weights: [Float], _ bias: [Float], _ name: String) throws -> TensorID {
            try builder.convolution(
                builder.inputTensor,
                Convolution(
                    window: Window(kernel: 8, stride: 8), grouping: .dense, outputChannels: outputs,
                    parameters: builder.floats(weights: weights, bias: bias), activation: .none), name: name)
        }
        let still = try head(
            4, Array(repeating: 0, count: 4 * 64 * 3), Array(repeating: 0, count: 4), "offsets")
        var weights: [Float] = []
        for output in 0..<3 {
            for _ in 0..<64 { for channel in 0..<3 { weights.append(output == channel + 1 ? 12.0 / 64 : 0) } }
        }
        let logits = try head(3, weights, [-20, -6, -6], "logits")
        let locations = try builder.reshape(still, to: try TensorShape([2, 4]), name: "locations")
        let scores = try builder.reshape(logits, to: try TensorShape([2, 3]), name: "scores")
        let halves = [CenterBox(cx: 0.25, cy: 0.5, w: 0.5, h: 1), CenterBox(cx: 0.75, cy: 0.5, w: 0.5, h: 1)]
        return DetectionModel(
            name: "halves", version: "0", architecture: "halves", network: builder.build(outputs: [locations, scores]),
            locations: locations, scores: scores,
            preprocessing: Preprocessing(width: 16, height: 8, channelOrder: channels, normalization: normalization),
            labels: try LabelMap(names: [nil] + Self.labels, hasBackground: true), defaultBoxes: .explicit(halves),
            coder: .ssd, output: DetectionOutputConfiguration(classCount: 3, activation: .sigmoid, maxDetections: 10))
    }

    private func detector(_ channels: ChannelOrder = .rgb) throws -> Detector {
        let bytes = Preprocessing.Normalization.affine(scale: Array(repeating: 1 / 255, count: 3), bias: [0, 0, 0])
        return Detector(engine: try InferenceEngine(model: try model(normalization: bytes, channels: channels)))
    }

    /// Green on the left, red on the right, 64 × 32 pixels.
    private var photo: PixelImage {
        var image = PixelImage(width: 64, height: 32)
        for y in 0..<32 { for x in 0..<64 { image[x, y] = x < 32 ? SIMD3(0, 255, 0) : SIMD3(255, 0, 0) } }
        return image
    }

    private func json(_ found: FoundImage, _ coordinates: BoxCoordinates = .pixel) throws -> String {
        var json = JSONWriter()
        let labels = try LabelMap(names: [nil] + Self.labels, hasBackground: true)
        json.object { DetectionWriter(labels: labels, coordinates: coordinates).write(found, to: &$0) }
        return String(decoding: json.finish(lineFeed: false), as: UTF8.self)
    }

    @Test func `a file and its pixels show the same, in pixels of the photo`() throws {
        let detector = try detector()
        let options = DetectionOptions(scoreThreshold: 0.5)
        let found = try detector.detect(try ImageEncoder.png(photo)[...], options: options)
        #expect(found.size == ImageSize(width: 64, height: 32) && found.warnings.isEmpty)
        #expect(Set(found.detections.map(\.classIndex)) == [1, 2])
        let again = detector.detect(detector.prepare(photo), options: options)
        #expect(again.detections == found.detections)
        let red = try #require(found.detections.first { $0.classIndex == 1 })
        #expect(found.pixels(red.box) == (32, 0, 64, 32))
        #expect(found.times.total == found.times.decode + found.times.inference + found.times.postprocess)
    }

    @Test func `the order of channels is the model's`() throws {
        let found = try detector(.bgr).detect(
            detector(.bgr).prepare(photo), options: DetectionOptions(scoreThreshold: 0.5))
        // Blue first, red is the third channel, which no class looks at.
        #expect(found.detections.map(\.classIndex) == [2])
    }

    @Test func `JSON has pixels or shares, and a number where a class has no name`() throws {
        let box = CornerBox(xmin: -0.5, ymin: 0.125, xmax: 0.5, ymax: 2)
        let found = FoundImage(
            size: ImageSize(width: 200, height: 80),
            detections: [
                Detection(box: box, classIndex: 7, score: 0.25), Detection(box: box, classIndex: 2, score: 0.98774),
            ], times: StageTimes())
        #expect(
            try json(found) == """
                {"image":{"width":200,"height":80},"detections":[{"class":"green","class_id":2,"score":0.9877,"box":\
                {"xmin":0.0,"ymin":10.0,"xmax":100.0,"ymax":80.0}},{"class":"7","class_id":7,"score":0.25,"box":\
                {"xmin":0.0,"ymin":10.0,"xmax":100.0,"ymax":80.0}}]}
                """)
        #expect(try json(found, .relative).contains(#""box":{"xmin":0.0,"ymin":0.125,"xmax":0.5,"ymax":1.0}"#))
    }

    @Test func `what was forgiven of a file is told`() throws {
        let jpeg = try ImageEncoder.jpeg(photo, quality: 90)
        let found = try detector().detect(jpeg[..<(jpeg.count - 2)], options: DetectionOptions())
        #expect(found.warnings.count == 1)
        #expect(try json(found).contains(#""warnings":["#))
    }

    @Test func `a preprocessing that is not of three channels is refused before anything is run`() throws {
        for (scale, bias) in [([1], [0, 0, 0]), ([1, 1, 1], []), ([1, 1, .nan], [0, 0, 0])] as [([Float], [Float])] {
            #expect(throws: EngineError.self) {
                try InferenceEngine(model: try model(normalization: .affine(scale: scale, bias: bias)))
            }
        }
    }
}
