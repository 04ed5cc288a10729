import Images
import MultiBox

/// An image that went through the engine.
public struct FoundImage: Sendable {
    /// Its size, upright.
    public let size: ImageSize
    /// By descending score; ties by class, then in the engine's order, which is that of position.
    public let detections: [Detection]
    /// Where it spent its time.
    public let times: StageTimes
    /// What was forgiven of its file.
    public let warnings: [ImageWarning]

    /// What was found in a prepared photo, in the engine's order.
    public init(_ photo: PreparedPhoto, detections: [Detection], times: StageTimes) {
        self.init(size: photo.size, detections: detections, times: times, warnings: photo.warnings)
    }

    /// What was found in an image of `size`, in the engine's order.
    public init(size: ImageSize, detections: [Detection], times: StageTimes, warnings: [ImageWarning] = []) {
        self.size = size
        self.times = times
        self.warnings = warnings
        self.detections = detections.enumerated().sorted { a, b in
            if a.element.score != b.element.score { return a.element.score > b.element.score }
            if a.element.classIndex != b.element.classIndex { return a.element.classIndex < b.element.classIndex }
            return a.offset < b.offset
        }.map(\.element)
    }

    /// A normalised box in pixels of the image, clipped to it.
    public func pixels(_ box: CornerBox) -> (xmin: Double, ymin: Double, xmax: Double, ymax: Double) {
        let box = box.clipped()
        let (width, height) = (Double(size.width), Double(size.height))
        return (
            Double(box.xmin) * width, Double(box.ymin) * height, Double(box.xmax) * width, Double(box.ymax) * height
        )
    }
}
