/// The units of the boxes in an answer: the values of the option `coordinates`.
public enum BoxCoordinates: String, Sendable, CaseIterable {
    /// Pixels of the upright photo.
    case pixel
    /// Shares of its width and height, 0…1.
    case relative
}
