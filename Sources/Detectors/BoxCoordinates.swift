import MultiBox

/// The units of the boxes in an answer: the values of the option `coordinates`.
public enum BoxCoordinates: String, Sendable, CaseIterable {
    /// Pixels of the upright photo.
    case pixel
    /// Shares of its width and height, 0…1.
    case relative

    /// The edges of a normalised box in this unit, clipped to the image, and the decimals that answers have of them.
    func edges(
        of box: CornerBox, in found: FoundImage
    ) -> (xmin: Double, ymin: Double, xmax: Double, ymax: Double, decimals: Int) {
        switch self {
        case .pixel:
            let (xmin, ymin, xmax, ymax) = found.pixels(box)
            return (xmin, ymin, xmax, ymax, 2)
        case .relative:
            let box = box.clipped()
            return (Double(box.xmin), Double(box.ymin), Double(box.xmax), Double(box.ymax), 6)
        }
    }
}
