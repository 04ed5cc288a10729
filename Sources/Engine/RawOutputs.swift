/// A network's outputs for one image, before any post-processing.
public struct RawOutputs: Sendable {
    /// Offsets of the boxes, `[boxes, 4]`.
    public var locations: [Float]
    /// Scores, `[boxes, classes]`.
    public var scores: [Float]

    /// Outputs from elsewhere.
    public init(locations: [Float], scores: [Float]) {
        self.locations = locations
        self.scores = scores
    }
}
