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
    private func detector(_ channels: ChannelOrder = .rgb) throws -> Detector {
        Detector(engine: try InferenceEngine(model: try ColorDetector.model(channels: channels)))
    }

    private let photo = ColorPhoto(width: 64, height: 32, cells: [4: .green, 11: .red])

    private func json(_ found: FoundImage, _ coordinates: BoxCoordinates = .pixel) throws -> String {
        var json = JSONWriter()
        let labels = try LabelMap(names: ColorDetector.names, hasBackground: true)
        json.object { DetectionWriter(labels: labels, coordinates: coordinates).write(found, to: &$0) }
        return String(decoding: json.finish(lineFeed: false), as: UTF8.self)
    }

    @Test func `a file and its pixels show the same, in pixels of the photo`() throws {
        let detector = try detector()
        let options = DetectionOptions(scoreThreshold: 0.5)
        let found = try detector.detect(try photo.png[...], options: options)
        #expect(found.size == ImageSize(width: 64, height: 32) && found.warnings.isEmpty)
        #expect(Set(found.detections.map(\.classIndex)) == [1, 2])
        let again = detector.detect(detector.prepare(photo.image), options: options)
        #expect(again.detections == found.detections)
        let red = try #require(found.detections.first { $0.classIndex == 1 })
        #expect(found.pixels(red.box) == (48, 16, 64, 24))
        #expect(found.times.total == found.times.decode + found.times.inference + found.times.postprocess)
    }

    @Test func `the order of channels is the model's`() throws {
        let found = try detector(.bgr).detect(
            detector(.bgr).prepare(photo.image), options: DetectionOptions(scoreThreshold: 0.5))
        // Blue first: red is the third channel, at which the class of blue looks.
        #expect(Set(found.detections.map(\.classIndex)) == [2, 3])
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
        let jpeg = try ImageEncoder.jpeg(photo.image, quality: 90)
        let found = try detector().detect(jpeg[..<(jpeg.count - 2)], options: DetectionOptions())
        #expect(found.warnings.count == 1)
        #expect(try json(found).contains(#""warnings":["#))
    }

    @Test func `a preprocessing that is not of three channels is refused before anything is run`() throws {
        for (scale, bias) in [([1], [0, 0, 0]), ([1, 1, 1], []), ([1, 1, .nan], [0, 0, 0])] as [([Float], [Float])] {
            #expect(throws: EngineError.self) {
                var model = try ColorDetector.model()
                model.preprocessing.normalization = .affine(scale: scale, bias: bias)
                return try InferenceEngine(model: model)
            }
        }
    }
}
