import Images

/// Into which parts photos are to be cut.
public enum Tiling: Sendable, Hashable, CustomStringConvertible {
    /// As many as the photo's size suggests, at most `automaticParts`.
    case automatic
    /// So many in each photo.
    case grid(TileGrid)

    /// The most parts where nobody says how many.
    public static let automaticParts = 16

    /// What `auto` or `CxR` (columns × rows) says; nil for another text, and for more parts than there may be.
    public init?(_ text: String) {
        if text == "auto" {
            self = .automatic
            return
        }
        let numbers = text.utf8.split(separator: UInt8(ascii: "x"), omittingEmptySubsequences: false)
        guard numbers.count == 2, numbers.allSatisfy({ $0.count == 1 && (0x31...0x39).contains($0[$0.startIndex]) }),
            let columns = numbers[0].first, let rows = numbers[1].first,
            let grid = TileGrid(columns: Int(columns) - 0x30, rows: Int(rows) - 0x30)
        else { return nil }
        self = .grid(grid)
    }

    /// As it is written: `auto`, or `CxR`.
    public var description: String {
        switch self {
        case .automatic: "auto"
        case .grid(let grid): "\(grid.columns)x\(grid.rows)"
        }
    }

    /// What a text can say, for who reads an error.
    public static let expected =
        "“auto”, or columns x rows such as “3x2”, each at most \(TileGrid.maximumSide), \(TileGrid.maximumParts) parts at most"

    /// The parts of a photo.
    ///
    /// - Parameters:
    ///   - input: the size of the network's input.
    ///   - limit: the most parts where this is to be chosen; at least 1.
    public func grid(for photo: ImageSize, input: ImageSize, limit: Int = automaticParts) -> TileGrid {
        switch self {
        case .automatic: TileGrid(for: photo, input: input, limit: min(limit, Self.automaticParts))
        case .grid(let grid): grid.suited(to: photo)
        }
    }
}
