/// The factors that bring encoded offsets to a common spread: t_x = (g_cx − d_cx) / (d_w · x), t_w = ln(g_w / d_w) / width.
public struct Variances: Sendable, Hashable, Codable {
    /// The factor of the horizontal centre.
    public var x: Float
    /// The factor of the vertical centre.
    public var y: Float
    /// The factor of the logarithm of the width.
    public var width: Float
    /// The factor of the logarithm of the height.
    public var height: Float

    /// Four factors, each positive.
    public init(x: Float, y: Float, width: Float, height: Float) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// One factor for centres and one for sizes, as SSD models share them.
    public init(center: Float, size: Float) { self.init(x: center, y: center, width: size, height: size) }

    /// 0.1, 0.1, 0.2, 0.2: every published SSD model.
    public static let ssd = Variances(center: 0.1, size: 0.2)
}
