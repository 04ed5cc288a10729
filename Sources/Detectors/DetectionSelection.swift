import Images
import MultiBox

/// Which of the objects found in a photo are reported: what the engine, which knows nothing of the whole photo, cannot
/// choose by itself.
public struct DetectionSelection: Sendable, Hashable {
    /// The regions of interest; none for the whole photo.
    public var regions: [PhotoRegion]
    /// Whether a region must hold an object's whole box. Otherwise it is enough that they share an area.
    public var coversBoxes: Bool
    /// The most objects of a photo, those with the highest scores of the chosen ones.
    public var maxDetections: Int

    /// A choice from its parts.
    public init(regions: [PhotoRegion] = [], coversBoxes: Bool = false, maxDetections: Int) {
        self.regions = regions
        self.coversBoxes = coversBoxes
        self.maxDetections = maxDetections
    }

    /// What is reported of what was found.
    public func choose(of found: FoundImage) -> FoundImage {
        var chosen = found.detections
        if !regions.isEmpty {
            let boxes = regions.map { $0.relative(to: found.size) }
            // Boxes are reported clipped, so it is as such that they are looked at.
            chosen.removeAll { detection in
                let box = detection.box.clipped()
                return !boxes.contains { coversBoxes ? $0.covers(box) : $0.intersection(box) > 0 }
            }
        }
        return FoundImage(
            size: found.size, detections: Array(chosen.prefix(maxDetections)), times: found.times,
            warnings: found.warnings)
    }
}

extension CornerBox {
    /// Whether another box lies wholly in this one, with the precision of shares that were computed from pixels.
    fileprivate func covers(_ other: CornerBox) -> Bool {
        let rounding: Float = 1e-6
        return other.xmin >= xmin - rounding && other.ymin >= ymin - rounding && other.xmax <= xmax + rounding
            && other.ymax <= ymax + rounding
    }
}
