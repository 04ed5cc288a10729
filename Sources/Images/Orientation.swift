/// How the stored pixels are turned to stand upright: the value of Exif tag 0x0112 (CIPA DC-008, 4.6.4 A). Each case
/// says where the stored picture's row 0 and column 0 are in the upright one.
public enum Orientation: UInt8, Sendable, Hashable, CaseIterable {
    /// Row 0 is the top, column 0 the left: nothing to do.
    case topLeft = 1
    /// Mirrored left to right.
    case topRight = 2
    /// Turned by a half.
    case bottomRight = 3
    /// Mirrored top to bottom.
    case bottomLeft = 4
    /// Transposed.
    case leftTop = 5
    /// To be turned clockwise by a quarter.
    case rightTop = 6
    /// Transposed along the other diagonal.
    case rightBottom = 7
    /// To be turned counter-clockwise by a quarter.
    case leftBottom = 8

    /// Whether rows become columns, so that width and height are exchanged.
    public var exchangesAxes: Bool { rawValue >= 5 }

    /// The size after a picture of the stored `size` is turned; also the stored size of an upright one.
    public func applied(to size: ImageSize) -> ImageSize { exchangesAxes ? size.transposed : size }
}
