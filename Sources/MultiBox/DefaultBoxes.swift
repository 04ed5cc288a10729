/// Where a model's default boxes come from.
public enum DefaultBoxes: Sendable, Hashable, Codable {
    /// They follow from a configuration.
    case generated(DefaultBoxConfiguration)
    /// They are stored in the model's file, normalised, in the order of the network's outputs (the TensorFlow family).
    case explicit([CenterBox])

    /// The most default boxes of a model; the largest published SSD has 24564.
    public static let maximumCount = 1 << 20

    /// The boxes in the order of the network's outputs.
    ///
    /// - Throws: what is wrong with the configuration or the stored boxes.
    public func boxes() throws(MultiBoxError) -> [CenterBox] {
        switch self {
        case .generated(let configuration):
            return try DefaultBoxGenerator(configuration).boxes()
        case .explicit(let boxes):
            try Self.validate(boxes)
            return boxes
        }
    }

    /// Checks that boxes are between one and `maximumCount`, finite and without negative extents.
    package static func validate(_ boxes: [CenterBox]) throws(MultiBoxError) {
        guard (1...maximumCount).contains(boxes.count) else {
            throw .invalidDefaultBoxCount(boxes.count, limit: maximumCount)
        }
        for (index, box) in boxes.enumerated() {
            guard CornerBox(box).isFinite, box.w >= 0, box.h >= 0 else { throw .invalidDefaultBox(index: index) }
        }
    }
}
