import MultiBox

/// Takes a random part of the photo that overlaps an object enough (Liu et al. 2016, section 2.2).
///
/// One of the constraints is drawn: the whole photo; a part whose overlap (intersection over union) with some object is
/// at least 0.1, 0.3, 0.5, 0.7 or 0.9; any part. A part has `scale` of the photo's √area and an aspect, relative to the
/// photo's, within `aspectRatio`. A part is taken only if the centre of an object is in it; the overlap is enforced on the
/// part as it is cut, at whole pixels. (ssd.pytorch lacks 0.5 and accepts any overlap.) If no trial succeeds, the photo
/// stays whole. In a photo without objects any part will do where no overlap is asked for.
public struct MinimumOverlapCrop: Sendable, Hashable {
    /// What a part must meet.
    public enum Constraint: Sendable, Hashable {
        /// The whole photo.
        case whole
        /// An overlap with some object of at least this.
        case minimumOverlap(Float)
        /// None but an object's centre.
        case any
    }

    /// The constraints drawn from, with equal probability.
    public var constraints: [Constraint]
    /// The range of a part's √(area), as a share of the photo's.
    public var scale: ClosedRange<Float>
    /// The range of a part's aspect relative to the photo's.
    public var aspectRatio: ClosedRange<Float>
    /// Parts that are tried before the photo stays whole.
    public var trials: Int

    /// The published numbers, unless said otherwise.
    public init(
        constraints: [Constraint] = [
            .whole, .minimumOverlap(0.1), .minimumOverlap(0.3), .minimumOverlap(0.5), .minimumOverlap(0.7),
            .minimumOverlap(0.9), .any,
        ], scale: ClosedRange<Float> = 0.3...1, aspectRatio: ClosedRange<Float> = 0.5...2, trials: Int = 50
    ) {
        precondition(!constraints.isEmpty && trials >= 1, "something to try")
        precondition(scale.lowerBound > 0 && scale.upperBound <= 1, "a share of the photo")
        precondition(aspectRatio.lowerBound > 0 && aspectRatio.upperBound < .infinity, "a ratio")
        self.constraints = constraints
        self.scale = scale
        self.aspectRatio = aspectRatio
        self.trials = trials
    }

    /// The window, or a part of it. Crowds are no reason to take a part.
    public func callAsFunction(_ window: PhotoWindow, using random: inout RandomStream) -> PhotoWindow {
        let constraint = constraints[random.index(below: constraints.count)]
        let minimum: Float
        switch constraint {
        case .whole: return window
        case .minimumOverlap(let overlap): minimum = overlap
        case .any: minimum = 0
        }
        let singles = window.objects.filter { !$0.isCrowd }
        for _ in 0..<trials {
            let scale = random.number(in: scale)
            // Aspects at which the part would be wider or higher than the photo are not drawn.
            let lower = max(aspectRatio.lowerBound, scale * scale)
            let upper = min(aspectRatio.upperBound, 1 / (scale * scale))
            let root = random.number(in: min(lower, upper)...max(lower, upper)).squareRoot()
            let width = min(max(1, Int((Float(window.width) * scale * root).rounded())), window.width)
            let height = min(max(1, Int((Float(window.height) * scale / root).rounded())), window.height)
            let left = random.index(below: window.width - width + 1)
            let top = random.index(below: window.height - height + 1)
            if singles.isEmpty {
                guard constraint == .any else { continue }
                return window.part(left: left, top: top, width: width, height: height)
            }
            let (w, h) = (Float(window.width), Float(window.height))
            let rectangle = CornerBox(
                xmin: Float(left) / w, ymin: Float(top) / h, xmax: Float(left + width) / w,
                ymax: Float(top + height) / h)
            let best = singles.reduce(0) { max($0, rectangle.intersectionOverUnion($1.box)) }
            guard best >= minimum else { continue }
            let part = window.part(left: left, top: top, width: width, height: height)
            if part.objects.contains(where: { !$0.isCrowd }) { return part }
        }
        return window
    }
}
