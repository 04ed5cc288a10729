import Platform

/// Offsets of a box from its default box, and back (Liu et al. 2016, equation 2):
/// t_x = (g_cx − d_cx) / (d_w · v_x), t_w = ln(g_w / d_w) / v_w, and likewise for y and h.
public struct BoxCoder: Sendable, Hashable, Codable {
    /// How raw offsets are scaled.
    public enum Scaling: Sendable, Hashable, Codable {
        /// Offsets are multiplied by these when decoded: Caffe, ssd.pytorch, torchvision (whose weights are 1/variance).
        case variances(Variances)
        /// Offsets are divided by these when decoded, in double precision, as TFLite's `TFLite_Detection_PostProcess`
        /// does with its `x_scale`, `y_scale`, `w_scale` and `h_scale`.
        case divisors(Variances)
    }

    /// The order of the four numbers of a raw offset.
    public enum Order: String, Sendable, Hashable, Codable {
        /// x, y, w, h: Caffe, PyTorch.
        case xywh
        /// y, x, h, w: the TensorFlow family.
        case yxhw
    }

    /// What the last two numbers of a raw offset say of a box's size.
    public enum Sizes: String, Sendable, Hashable, Codable {
        /// The logarithm of the size over the default box's: SSD.
        case logarithmic
        /// The size over the default box's: MediaPipe's BlazeFace (arXiv 1907.05047) and kin. A size below 0 is no box.
        case linear
    }

    /// How raw offsets are scaled.
    public var scaling: Scaling
    /// The order of the four raw numbers.
    public var order: Order
    /// What sizes are coded as.
    public var sizes: Sizes
    /// The largest decoded ln(w / d_w) and ln(h / d_h); nil leaves them as they are.
    public var maximumLogScale: Float?

    /// A coder from its parts.
    public init(
        scaling: Scaling = .variances(.ssd), order: Order = .xywh, sizes: Sizes = .logarithmic,
        maximumLogScale: Float? = nil
    ) {
        self.scaling = scaling
        self.order = order
        self.sizes = sizes
        self.maximumLogScale = maximumLogScale
    }

    /// The coder of the SSD paper, Caffe and ssd.pytorch: variances 0.1, 0.1, 0.2, 0.2, order x, y, w, h.
    public static let ssd = BoxCoder()

    /// torchvision's: the paper's, with ln(w / d_w) and ln(h / d_h) held at ln(1000 / 16) so that the exponential stays finite.
    public static let torchvision = BoxCoder(maximumLogScale: 4.135_166_556_742_356)

    /// TFLite's usual coder: divisors 10, 10, 5, 5, order y, x, h, w.
    public static let tflite = BoxCoder(
        scaling: .divisors(Variances(x: 10, y: 10, width: 5, height: 5)), order: .yxhw)

    /// MediaPipe's face detectors: centres and sizes in pixels of an input of `side` pixels, from default boxes as large as
    /// that.
    public static func blazeFace(side: Int) -> BoxCoder {
        BoxCoder(scaling: .divisors(Variances(center: Float(side), size: Float(side))), sizes: .linear)
    }

    /// Checks that every factor is a positive finite number.
    package func validate() throws(MultiBoxError) {
        let factors: Variances
        switch scaling {
        case .variances(let variances): factors = variances
        case .divisors(let divisors): factors = divisors
        }
        for factor in [factors.x, factors.y, factors.width, factors.height] where !(factor > 0 && factor < .infinity) {
            throw .invalidVariance(factor)
        }
        if let limit = maximumLogScale, limit.isNaN { throw .invalidVariance(limit) }
    }

    /// The box that raw `offsets` (in the coder's order) describe relative to a default box.
    ///
    /// The result may be non-finite if the offsets are, or if a size overflows or is below 0: see `CornerBox.isFinite`.
    public func decode(_ offsets: SIMD4<Float>, relativeTo box: CenterBox) -> CornerBox {
        let t = order == .xywh ? offsets : SIMD4(offsets.y, offsets.x, offsets.w, offsets.z)
        let cx: Float
        let cy: Float
        let halfWidth: Float
        let halfHeight: Float
        switch scaling {
        case .variances(let v):
            cx = t.x * v.x * box.w + box.cx
            cy = t.y * v.y * box.h + box.cy
            halfWidth = scale(t.z * v.width) * box.w / 2
            halfHeight = scale(t.w * v.height) * box.h / 2
        case .divisors(let s):
            // Double precision, each operation in this order: with it the boxes are TFLite's to the last bit.
            cx = Float(Double(t.x) / Double(s.x) * Double(box.w) + Double(box.cx))
            cy = Float(Double(t.y) / Double(s.y) * Double(box.h) + Double(box.cy))
            halfWidth = Float(0.5 * scale(Double(t.z) / Double(s.width)) * Double(box.w))
            halfHeight = Float(0.5 * scale(Double(t.w) / Double(s.height)) * Double(box.h))
        }
        return CornerBox(xmin: cx - halfWidth, ymin: cy - halfHeight, xmax: cx + halfWidth, ymax: cy + halfHeight)
    }

    /// The raw offsets, in the coder's order, of a `truth` relative to a default box; the inverse of `decode`.
    ///
    /// - Returns: nil if the truth has no extent or is not finite, for which the logarithm is not defined.
    public func encode(_ truth: CenterBox, relativeTo box: CenterBox) -> SIMD4<Float>? {
        guard truth.w > 0, truth.h > 0 else { return nil }
        let raw = SIMD4<Float>(
            (truth.cx - box.cx) / box.w, (truth.cy - box.cy) / box.h,
            sizes == .linear ? truth.w / box.w : log(truth.w / box.w),
            sizes == .linear ? truth.h / box.h : log(truth.h / box.h))
        var t: SIMD4<Float>
        switch scaling {
        case .variances(let v): t = raw / SIMD4(v.x, v.y, v.width, v.height)
        case .divisors(let s): t = raw * SIMD4(s.x, s.y, s.width, s.height)
        }
        guard (t - t) == .zero else { return nil }
        if order == .yxhw { t = SIMD4(t.y, t.x, t.w, t.z) }
        return t
    }

    /// The size over the default box's that a number, brought to its spread, stands for.
    private func scale(_ value: Float) -> Float {
        // A size below 0 is none, which makes the box one that is not finite.
        if sizes == .linear { return value >= 0 ? value : .nan }
        guard let maximumLogScale else { return exp(value) }
        return exp(value > maximumLogScale ? maximumLogScale : value)
    }

    private func scale(_ value: Double) -> Double {
        if sizes == .linear { return value >= 0 ? value : .nan }
        guard let maximumLogScale else { return exp(value) }
        return exp(value > Double(maximumLogScale) ? Double(maximumLogScale) : value)
    }
}
