import Images
import JSON
import MultiBox

/// An image that went through the engine.
package struct FoundImage: Sendable {
    /// Its size, upright.
    package let size: ImageSize
    /// By descending score; ties by class, then in the engine's order, which is that of position.
    package let detections: [Detection]
    /// Where it spent its time.
    package let times: StageTimes
    /// What was forgiven of its file.
    package let warnings: [ImageWarning]

    package init(size: ImageSize, detections: [Detection], times: StageTimes, warnings: [ImageWarning] = []) {
        self.size = size
        self.times = times
        self.warnings = warnings
        self.detections = detections.enumerated().sorted { a, b in
            if a.element.score != b.element.score { return a.element.score > b.element.score }
            if a.element.classIndex != b.element.classIndex { return a.element.classIndex < b.element.classIndex }
            return a.offset < b.offset
        }.map(\.element)
    }

    /// Writes what was forgiven as a member `warnings` of an object, if there is any.
    package func writeWarnings(to json: inout JSONWriter) {
        guard !warnings.isEmpty else { return }
        json.name("warnings")
        json.array { json in for warning in warnings { json.string(warning.description) } }
    }

    /// A normalised box in pixels of the image, clipped to it.
    package func pixels(_ box: CornerBox) -> (xmin: Double, ymin: Double, xmax: Double, ymax: Double) {
        let box = box.clipped()
        let (width, height) = (Double(size.width), Double(size.height))
        return (
            Double(box.xmin) * width, Double(box.ymin) * height, Double(box.xmax) * width, Double(box.ymax) * height
        )
    }
}
