import Networks

extension Networks.Quantization {
    /// 256 levels over a range that holds 0, one of them 0 itself.
    package init(covering range: ClosedRange<Float>) {
        let scale = (range.upperBound - range.lowerBound) / 255
        // A tensor that is always 0, or as good as that, has no scale of its own.
        guard scale > 1e-30, scale.isFinite else {
            self = .unit
            return
        }
        let zeroPoint = Int((-range.lowerBound / scale).rounded())
        self = Self(scale: scale, zeroPoint: min(max(zeroPoint, 0), 255)) ?? .unit
    }
}
