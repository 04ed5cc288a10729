import MultiBox

/// What SSDLite on MobileNetV2 is unless said otherwise.
public enum SSDLiteMobileNetV2 {
    /// The input's side, in pixels.
    public static let side = 320
    /// Source maps, each half as large as the one before, by their box sizes in pixels of an input of 320; the first is a
    /// sixteenth of the input and has more than the others: most objects of a photo are small. They are 5 to 97 % of its side.
    private static let mapSizes: [[Float]] = [
        [17, 32, 56], [80, 106], [134, 160], [186, 212], [238, 262], [288, 310],
    ]
    private static let firstStride = 16
    /// Those of the map before the first, where there is one; they reach into those of the first.
    public static let fineMapSizes: [Float] = [10, 18]

    /// The box sizes of an architecture's maps, the finest first.
    private static func mapSizes(of architecture: SSDArchitecture) -> [[Float]] {
        architecture.hasFineMap ? [fineMapSizes] + mapSizes : mapSizes
    }

    /// The architectures on MobileNetV2.
    public static let architectures: [SSDArchitecture] = [
        .ssdliteMobileNetV2, .ssdliteMobileNetV2Half, .ssdliteMobileNetV2FPN,
    ]
    /// Box sizes of one of them, in pixels of an input of 320.
    public static func boxSizes(of architecture: SSDArchitecture) -> [Float] {
        mapSizes(of: architecture).flatMap { $0 }
    }
    /// The aspect ratio of the boxes that are not square, lying and standing.
    public static let boxAspectRatio: Float = 2
    /// Overlap above which the lower of two detections of a class is dropped.
    public static let iouThreshold: Float = 0.5

    /// Default boxes with centres from the maps' sizes: of each of a map's sizes a square, and one lying and one standing
    /// box of the same area.
    ///
    /// - Parameters:
    ///   - architecture: One of those on MobileNetV2.
    ///   - side: The input's side, in pixels.
    ///   - sizes: As many sizes (√area) as ``boxSizes(of:)``, in pixels of the input, map by map; nil for the default ones as
    ///     large a share of this input.
    ///   - aspectRatio: The longer side over the shorter one; above 1.
    public static func defaultBoxes(
        _ architecture: SSDArchitecture = .ssdliteMobileNetV2, side: Int = side, sizes: [Float]? = nil,
        aspectRatio: Float = boxAspectRatio
    ) -> DefaultBoxConfiguration {
        let mapSizes = mapSizes(of: architecture)
        let sizes = sizes ?? boxSizes(of: architecture, forSide: side)
        precondition(
            sizes.count == mapSizes.joined().count && sizes.allSatisfy { $0 > 0 } && aspectRatio > 1,
            "sizes and a ratio")
        var (maps, rest) = ([DefaultBoxConfiguration.SourceMap](), sizes[...])
        var stride = architecture.hasFineMap ? firstStride / 2 : firstStride
        for defaults in mapSizes {
            maps.append(
                .init(
                    size: (side + stride - 1) / stride, minimumSizes: Array(rest.prefix(defaults.count)),
                    aspectRatios: [aspectRatio]))
            rest = rest.dropFirst(defaults.count)
            stride *= 2
        }
        return DefaultBoxConfiguration(imageWidth: side, imageHeight: side, maps: maps)
    }

    /// The default sizes as large a share of an input of another side.
    public static func boxSizes(of architecture: SSDArchitecture, forSide side: Int) -> [Float] {
        boxSizes(of: architecture).map { $0 * Float(side) / Float(Self.side) }
    }
}
