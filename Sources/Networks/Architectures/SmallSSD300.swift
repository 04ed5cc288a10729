import MultiBox

/// What `small-ssd300` is unless said otherwise.
public enum SmallSSD300 {
    /// The input's side, in pixels.
    static let side = 300
    /// The sides of the feature maps that feed the heads, in cells, finest first.
    static let mapSides = [38, 19, 10, 5, 3]

    /// The number of box sizes, two a map.
    public static let boxSizeCount = 10
    /// Box sizes, in pixels of the input, for photos of all kinds: 7 to 93 % of its side.
    public static let boxSizes: [Float] = [20, 30, 46, 66, 92, 126, 160, 196, 234, 278]
    /// The aspect ratio of the boxes that are not square, lying and standing.
    public static let boxAspectRatio: Float = 2

    /// Default boxes with centres from the maps' sizes, six a cell: of each of the map's two sizes a square, and one
    /// lying and one standing box of the same area.
    ///
    /// - Parameters:
    ///   - sizes: Ten sizes (√area), in pixels of the input, ascending, two a map.
    ///   - aspectRatio: The longer side over the shorter one; above 1.
    public static func defaultBoxes(
        sizes: [Float] = boxSizes, aspectRatio: Float = boxAspectRatio
    ) -> DefaultBoxConfiguration {
        precondition(sizes.count == boxSizeCount && sizes.allSatisfy { $0 > 0 } && aspectRatio > 1, "sizes and a ratio")
        let maps = mapSides.enumerated().map { k, side in
            DefaultBoxConfiguration.SourceMap(
                size: side, minimumSizes: [sizes[2 * k], sizes[2 * k + 1]], aspectRatios: [aspectRatio])
        }
        return DefaultBoxConfiguration(imageWidth: side, imageHeight: side, maps: maps)
    }

    /// Red, green, blue; near mean 0 and deviation 1 over ordinary photos.
    static let preprocessing = Preprocessing(
        width: side, height: side, channelOrder: .rgb,
        normalization: .affine(
            scale: [1 / 58, 1 / 57, 1 / 57], bias: [-123 / 58, -117 / 57, -104 / 57]))
}
