import Images

/// How a photo is cut into overlapping parts of one size, so that small objects are seen large: slicing aided hyper inference
/// (SAHI, arXiv 2202.06934).
public struct TileGrid: Sendable, Hashable {
    /// The most parts in a row or a column.
    public static let maximumSide = 8
    /// The most parts of a photo.
    public static let maximumParts = 24
    /// The share of its width and height that a part has in common with the next one, as in SAHI: objects of up to this size
    /// are whole in one of them.
    public static let overlap = 0.2
    /// The least side of a part, in pixels: there is nothing more to see in smaller ones.
    package static let minimumSide = 32

    /// Parts in a row.
    public let columns: Int
    /// Rows of parts.
    public let rows: Int

    /// A grid of at most `maximumParts` parts, at most `maximumSide` in a row or a column; nil for another.
    public init?(columns: Int, rows: Int) {
        guard (1...Self.maximumSide).contains(columns), (1...Self.maximumSide).contains(rows),
            columns * rows <= Self.maximumParts
        else { return nil }
        (self.columns, self.rows) = (columns, rows)
    }

    private init(limited columns: Int, _ rows: Int) { (self.columns, self.rows) = (columns, rows) }

    /// How many parts there are; a single one is the whole photo.
    public var count: Int { columns * rows }

    /// The grid for a photo whose parts are to be shown to the network at about their own size: so many that its input covers
    /// the photo's sides but for a tenth of the input, but at most `limit` parts and then of about the same shape.
    ///
    /// - Parameters:
    ///   - input: the size of the network's input.
    ///   - limit: at least 1.
    public init(for photo: ImageSize, input: ImageSize, limit: Int) {
        func count(_ photo: Int, _ input: Int) -> Int {
            min(max(1, Int((Double(photo) / Double(max(1, input)) - 0.1).rounded(.up))), 1 << 15)
        }
        var (columns, rows) = (count(photo.width, input.width), count(photo.height, input.height))
        let limit = max(1, min(limit, Self.maximumParts))
        while columns * rows > limit || max(columns, rows) > Self.maximumSide {
            // The side with the smaller parts gives way.
            let isWide = Double(photo.width) / Double(columns) < Double(photo.height) / Double(rows)
            if isWide && columns > 1 || rows == 1 { columns -= 1 } else { rows -= 1 }
        }
        self = TileGrid(limited: columns, rows).suited(to: photo)
    }

    /// The grid without parts that would be smaller than `minimumSide`.
    func suited(to photo: ImageSize) -> TileGrid {
        TileGrid(
            limited: min(columns, max(1, photo.width / Self.minimumSide)),
            min(rows, max(1, photo.height / Self.minimumSide)))
    }

    /// The parts of a photo, row by row.
    package func frames(of photo: ImageSize) -> [TileFrame] {
        let (spans, lines) = (Self.spans(of: photo.width, columns), Self.spans(of: photo.height, rows))
        return lines.flatMap { line in spans.map { TileFrame(columns: $0, rows: line, photo: photo) } }
    }

    /// `count` spans of one length that cover a side.
    private static func spans(of side: Int, _ count: Int) -> [Range<Int>] {
        let length = Double(side) / (Double(count) - Double(count - 1) * overlap)
        let pixels = min(side, max(1, Int(length.rounded(.up))))
        return (0..<count).map { index in
            let start = count == 1 ? 0 : (side - pixels) * index / (count - 1)
            return start..<start + pixels
        }
    }
}
