import MultiBox

/// What SSDLite on MobileNetV2 is unless said otherwise.
public enum SSDLiteMobileNetV2 {
    /// The input's side, in pixels.
    public static let side = 320
    /// Source maps, each half as large as the one before, the first a sixteenth of the input.
    private static let mapCount = 6
    private static let firstStride = 16
    /// Box sizes of the first map, and of each of the others: most objects of a photo are small.
    private static let (firstMapSizes, otherMapSizes) = (3, 2)

    /// The number of box sizes.
    public static let boxSizeCount = firstMapSizes + (mapCount - 1) * otherMapSizes
    /// Box sizes, in pixels of an input of 320: 5 to 97 % of its side.
    public static let boxSizes: [Float] = [17, 32, 56, 80, 106, 134, 160, 186, 212, 238, 262, 288, 310]
    /// The aspect ratio of the boxes that are not square, lying and standing.
    public static let boxAspectRatio: Float = 2
    /// Overlap above which the lower of two detections of a class is dropped.
    public static let iouThreshold: Float = 0.5

    /// Default boxes with centres from the maps' sizes: of each of a map's sizes a square, and one lying and one standing
    /// box of the same area.
    ///
    /// - Parameters:
    ///   - side: The input's side, in pixels.
    ///   - sizes: Thirteen sizes (√area), in pixels of the input, ascending, three for the first map and two for each other;
    ///     nil for the default ones as large a share of this input.
    ///   - aspectRatio: The longer side over the shorter one; above 1.
    public static func defaultBoxes(
        side: Int = side, sizes: [Float]? = nil, aspectRatio: Float = boxAspectRatio
    ) -> DefaultBoxConfiguration {
        let sizes = sizes ?? boxSizes(forSide: side)
        precondition(sizes.count == boxSizeCount && sizes.allSatisfy { $0 > 0 } && aspectRatio > 1, "sizes and a ratio")
        var (maps, rest) = ([DefaultBoxConfiguration.SourceMap](), sizes[...])
        var cells = (side + firstStride - 1) / firstStride
        for map in 0..<mapCount {
            let count = map == 0 ? firstMapSizes : otherMapSizes
            maps.append(.init(size: cells, minimumSizes: Array(rest.prefix(count)), aspectRatios: [aspectRatio]))
            rest = rest.dropFirst(count)
            cells = (cells + 1) / 2
        }
        return DefaultBoxConfiguration(imageWidth: side, imageHeight: side, maps: maps)
    }

    /// The default sizes as large a share of an input of another side.
    public static func boxSizes(forSide side: Int) -> [Float] {
        boxSizes.map { $0 * Float(side) / Float(Self.side) }
    }
}
