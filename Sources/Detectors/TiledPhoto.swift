import Engine
import Images
import MultiBox

/// A photo and its parts, all of which the network is to be run on; or a photo that is not cut.
public struct TiledPhoto: Sendable {
    /// The whole photo.
    public let photo: PreparedPhoto
    /// The inputs of the network: that of the whole photo, then those of its parts.
    public let inputs: [InferenceInput]
    private let frames: [TileFrame]

    init(_ photo: PreparedPhoto, parts: [(frame: TileFrame, input: InferenceInput)] = []) {
        self.photo = photo
        inputs = [photo.input] + parts.map(\.input)
        frames = parts.map(\.frame)
    }

    /// The photo's size, upright.
    public var size: ImageSize { photo.size }

    /// What the network is to be asked for with each of the inputs, so that `merge` and a choice have enough to choose from.
    ///
    /// - Parameter wanted: what is asked for of a photo that is not cut.
    public func options(_ wanted: DetectionOptions) -> [DetectionOptions] {
        guard !frames.isEmpty else { return [wanted] }
        var (ofWhole, ofPart) = (wanted, wanted)
        ofWhole.maxDetections = TileMerger.maximumDetectionsOfWhole
        ofPart.maxDetections = TileMerger.maximumDetectionsOfPart
        return [ofWhole] + frames.map { _ in ofPart }
    }

    /// The most detections where nobody names a number: as many for each part as for the whole.
    ///
    /// - Parameter ofWhole: the number of a photo that is not cut.
    public func defaultMaximum(ofWhole: Int) -> Int {
        min(ofWhole, TileMerger.maximumDetectionsOfWhole) * inputs.count
    }

    /// What the photo shows, by what was found with each of the inputs; not in an order.
    public func merge(_ found: [[Detection]]) -> [Detection] {
        precondition(found.count == inputs.count, "a result for each input")
        guard let whole = found.first, !frames.isEmpty else { return found.first ?? [] }
        return TileMerger.merge(
            whole: whole, parts: zip(frames, found.dropFirst()).map { (frame: $0, detections: $1) })
    }
}
