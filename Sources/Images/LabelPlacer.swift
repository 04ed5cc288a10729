/// Finds places for labels at their boxes where they cover neither each other nor, if it can be helped, the edge of the
/// picture.
struct LabelPlacer {
    /// A rectangle of pixels.
    struct Area: Hashable {
        var left: Int
        var top: Int
        var width: Int
        var height: Int

        /// The pixels shared with another one.
        func overlap(_ other: Area) -> Int {
            let columns = min(left + width, other.left + other.width) - max(left, other.left)
            let rows = min(top + height, other.top + other.height) - max(top, other.top)
            return columns > 0 && rows > 0 ? columns * rows : 0
        }
    }

    /// Rows inside of a box that are tried one below the other.
    private static let rowsInside = 6

    private let size: ImageSize
    private var taken: [Area] = []

    /// Places for labels on a picture of this size.
    init(size: ImageSize) { self.size = size }

    /// The best place that is left for a label of `width` × `height`, which is taken from now on: on the box if there is
    /// room, else inside, below it, or along its other edge; of places that are all taken, the one that hides least.
    mutating func place(width: Int, height: Int, at box: PixelEdges) -> Area {
        var best: (area: Area, cost: Int)?
        for candidate in candidates(width: width, height: height, box) {
            let cost = taken.reduce(0) { $0 + $1.overlap(candidate) }
            if cost < best?.cost ?? .max { best = (candidate, cost) }
            if cost == 0 { break }
        }
        guard let area = best?.area else { preconditionFailure("there are places to try") }
        taken.append(area)
        return area
    }

    /// Places in the order in which they are liked; each moves left rather than out of the picture.
    private func candidates(width: Int, height: Int, _ box: PixelEdges) -> [Area] {
        func area(_ left: Int, _ top: Int) -> Area {
            Area(left: max(0, min(left, size.width - width)), top: top, width: width, height: height)
        }
        let columns = [box.left, box.right - width]
        var areas: [Area] = []
        if box.top >= height { areas += columns.map { area($0, box.top - height) } }
        areas += columns.map { area($0, box.top) }
        if box.bottom + height <= size.height { areas += columns.map { area($0, box.bottom) } }
        if box.bottom - height >= box.top { areas += columns.map { area($0, box.bottom - height) } }
        for row in 1...Self.rowsInside where box.top + (row + 1) * height <= box.bottom {
            areas += columns.map { area($0, box.top + row * height) }
        }
        return areas
    }
}
