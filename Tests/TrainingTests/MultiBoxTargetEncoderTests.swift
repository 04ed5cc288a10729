import Datasets
import MultiBox
import TestSupport
import Testing
import Training

/// Targets: matching and encoding together.
@Suite struct MultiBoxTargetEncoderTests {
    /// Four columns that tile the photo.
    private static let columns = (0..<4).map {
        CenterBox(cx: (Float($0) + 0.5) / 4, cy: 0.5, w: 0.25, h: 1)
    }

    private func object(_ xmin: Float, _ ymin: Float, _ xmax: Float, _ ymax: Float, _ classIndex: Int = 1)
        -> AnnotatedObject
    {
        AnnotatedObject(
            box: CornerBox(xmin: xmin, ymin: ymin, xmax: xmax, ymax: ymax), classIndex: classIndex)
    }

    private func encoder(_ strategy: DefaultBoxMatcher.Strategy) throws -> MultiBoxTargetEncoder {
        try MultiBoxTargetEncoder(
            matcher: DefaultBoxMatcher(strategy: strategy), defaultBoxes: Self.columns, classCount: 4)
    }

    @Test func `an object of a default box has offsets zero`() throws {
        let targets = try encoder(.bipartite).targets(for: [object(0.25, 0, 0.5, 1, 3)])
        #expect(targets.classes == [0, 3, 0, 0])
        #expect(targets.offsets == [.zero, .zero, .zero, .zero])
        #expect(targets.positiveCount == 1)
    }

    @Test func `offsets are encoded with the variances`() throws {
        // Half as wide as the second column and an eighth of its width to the right of its centre; overlap 0.5.
        let targets = try encoder(.bipartite).targets(for: [object(0.343_75, 0, 0.468_75, 1, 1)])
        #expect(targets.classes == [0, 1, 0, 0])
        let offsets = targets.offsets[1]
        #expect((offsets.x - 0.125 / 0.1).magnitude < 1e-5)
        #expect(offsets.y == 0 && offsets.w == 0)
        #expect((offsets.z - -0.693_147_2 / 0.2).magnitude < 1e-5)  // ln ½ / 0.2
    }

    @Test func `two objects that want one default box`() throws {
        let objects = [object(0, 0, 0.3, 1, 1), object(0.05, 0, 0.27, 1, 2)]
        #expect(try encoder(.bipartite).targets(for: objects).classes == [1, 2, 0, 0])
        #expect(try encoder(.perTruthArgMax).targets(for: objects).classes == [2, 0, 0, 0])
    }

    @Test func `every positive decodes to its object`() throws {
        let boxes = try DefaultBoxes.generated(.ssd300VOC).boxes()
        let encoder = try MultiBoxTargetEncoder(defaultBoxes: boxes, classCount: 21)
        var generator = SeededGenerator(seed: 8)
        let objects = (0..<12).map { index in
            let (w, h) = (
                Float.random(in: 0.02...0.6, using: &generator), Float.random(in: 0.02...0.6, using: &generator)
            )
            let (x, y) = (
                Float.random(in: 0...1 - w, using: &generator), Float.random(in: 0...1 - h, using: &generator)
            )
            return object(x, y, x + w, y + h, index + 1)
        }
        let targets = try encoder.targets(for: objects)
        #expect(targets.positiveCount >= 12)
        #expect(Set(targets.classes) == Set(0...12))
        for (prior, label) in targets.classes.enumerated() where label > 0 {
            let box = BoxCoder.ssd.decode(targets.offsets[prior], relativeTo: boxes[prior])
            #expect(box.intersectionOverUnion(objects[label - 1].box) > 0.999)
        }
    }

    @Test func `no objects, or a crowd alone`() throws {
        var crowd = object(0, 0, 0.25, 1)
        crowd.isCrowd = true
        #expect(try encoder(.bipartite).targets(for: []).positiveCount == 0)
        #expect(try encoder(.bipartite).targets(for: [crowd]).positiveCount == 0)
        let both = try encoder(.bipartite).targets(for: [crowd, object(0, 0, 0.25, 1, 2)])
        #expect(both.classes == [2, 0, 0, 0])
    }

    @Test func `what lies in a crowd and has no object counts neither way`() throws {
        // The crowd holds the second column, half of the third and a little less than half of the first.
        var crowd = object(0.126, 0, 0.625, 1)
        crowd.isCrowd = true
        #expect(try encoder(.bipartite).targets(for: [crowd]).weights == [1, 0, 0, 1])
        // One with an object is a positive all the same, with the weight of its score.
        var doubtful = object(0.25, 0, 0.5, 1, 2)
        doubtful.score = 0.5
        let targets = try encoder(.bipartite).targets(for: [crowd, doubtful])
        #expect(targets.classes == [0, 2, 0, 0] && targets.weights == [1, 0.5, 0, 1])
    }

    @Test func `what cannot be encoded is refused by name`() throws {
        let encoder = try encoder(.bipartite)
        let good = object(0, 0, 0.25, 1)
        for bad in [
            object(0.5, 0, 0.5, 1), object(0.5, 0, 0.4, 1), object(.nan, 0, 1, 1), object(0, 0, .infinity, 1),
        ] {
            #expect(throws: MultiBoxTargetError.degenerateObject(index: 1)) {
                try encoder.targets(for: [good, bad])
            }
        }
        for label in [0, 4, -1] {
            #expect(throws: MultiBoxTargetError.classOutOfRange(index: 0, classIndex: label, classCount: 4)) {
                try encoder.targets(for: [object(0, 0, 1, 1, label)])
            }
        }
        #expect(throws: MultiBoxTargetError.degenerateDefaultBox(index: 1)) {
            try MultiBoxTargetEncoder(
                defaultBoxes: [Self.columns[0], CenterBox(cx: 0, cy: 0, w: 0, h: 1)], classCount: 2)
        }
    }
}
