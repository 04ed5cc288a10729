import Datasets
import Images
import MultiBox

/// Puts parts of four photos around a point (Bochkovskiy et al. 2020, arXiv 2004.10934, section 3.3): objects among others
/// than those of their own photo, at every place of the input.
///
/// Unlike the published one it does not shrink four whole photos: each tile is a part of its photo that is as much
/// smaller as the tile is, within `scale`. A detector of objects of one size, such as cells, sees them in that size.
public struct Mosaic: Sendable, Hashable {
    /// A rectangle of the input, in pixels.
    public struct Tile: Sendable, Hashable {
        /// From the left edge to the right one.
        public var columns: Range<Int>
        /// From the top edge to the bottom.
        public var rows: Range<Int>

        /// A tile.
        public init(columns: Range<Int>, rows: Range<Int>) {
            self.columns = columns
            self.rows = rows
        }
    }

    /// The number of photos.
    public static let photoCount = 4

    /// The probability.
    public var probability: Float
    /// How many epochs have mosaics, the first ones; nil for all. The last ones then show photos as they will be seen (Ge
    /// et al. 2021, arXiv 2107.08430, section 2.1).
    public var epochs: Int?
    /// Where the point is, across and down, as shares of the input.
    public var center: ClosedRange<Float>
    /// The size of objects, over that which they have when the whole photo is warped to the input.
    public var scale: ClosedRange<Float>

    /// One half; not too near an edge; from three quarters to four thirds; unless said otherwise.
    public init(
        probability: Float = 0.5, epochs: Int? = nil, center: ClosedRange<Float> = 0.25...0.75,
        scale: ClosedRange<Float> = 0.75...4 / 3
    ) {
        precondition((0...1).contains(probability))
        precondition(center.lowerBound >= 0 && center.upperBound <= 1, "a share of the input")
        precondition(scale.lowerBound > 0 && scale.upperBound < .infinity, "a ratio")
        self.probability = probability
        self.epochs = epochs
        self.center = center
        self.scale = scale
    }

    /// Whether a photo of an epoch, the first of which is 0, becomes one.
    func isDrawn(inEpoch epoch: Int, using random: inout RandomStream) -> Bool {
        epoch < epochs ?? .max && random.chance(probability)
    }

    /// The tiles of an input: upper left, upper right, lower left, lower right; each has at least one pixel.
    ///
    /// - Parameters:
    ///   - width: The input's width, in pixels; at least 2.
    ///   - height: The input's height, in pixels; at least 2.
    public func tiles(width: Int, height: Int, using random: inout RandomStream) -> [Tile] {
        precondition(width >= 2 && height >= 2, "room for four")
        func split(_ count: Int) -> Int {
            min(max(Int((random.number(in: center) * Float(count)).rounded()), 1), count - 1)
        }
        let (x, y) = (split(width), split(height))
        return [0..<y, y..<height].flatMap { rows in
            [0..<x, x..<width].map { Tile(columns: $0, rows: rows) }
        }
    }

    /// The part of a photo that a tile shows.
    ///
    /// - Parameters:
    ///   - window: The whole photo, perhaps turned or transposed.
    ///   - columnWidth: Pixels of the photo to one of the input, across, when the photo is warped as it is.
    ///   - rowHeight: The same, down.
    public func part(
        of window: PhotoWindow, for tile: Tile, columnWidth: Float, rowHeight: Float, using random: inout RandomStream
    ) -> PhotoWindow {
        let (width, height) = (Float(tile.columns.count) * columnWidth, Float(tile.rows.count) * rowHeight)
        // A transposed photo may be too narrow for a wide tile: then it is shown larger.
        let reduction = min(
            1 / random.number(in: scale), Float(window.width) / width, Float(window.height) / height)
        let partWidth = min(max(1, Int(width * reduction)), window.width)
        let partHeight = min(max(1, Int(height * reduction)), window.height)
        return window.part(
            left: random.index(below: window.width - partWidth + 1),
            top: random.index(below: window.height - partHeight + 1), width: partWidth, height: partHeight)
    }

    /// Warps a window to its tile of an input, and gives its objects, normalised to the whole input.
    ///
    /// - Parameters:
    ///   - input: [height, width, 3] floats, of which only the tile is written.
    ///   - width: The input's width, in pixels.
    public static func warp(
        _ window: PhotoWindow, to tile: Tile, normalization: PixelNormalization,
        of input: UnsafeMutableBufferPointer<Float>, width: Int
    ) -> [AnnotatedObject] {
        precondition(
            width >= tile.columns.upperBound && input.count >= tile.rows.upperBound * width * 3, "in the input")
        let rowCount = tile.columns.count * 3
        withUnsafeTemporaryAllocation(of: Float.self, capacity: tile.rows.count * rowCount) { pixels in
            window.warp(
                width: tile.columns.count, height: tile.rows.count, normalization: normalization, into: pixels)
            for row in 0..<tile.rows.count {
                let start = ((tile.rows.lowerBound + row) * width + tile.columns.lowerBound) * 3
                _ = UnsafeMutableBufferPointer(rebasing: input[start..<start + rowCount])
                    .update(from: pixels[row * rowCount..<(row + 1) * rowCount])
            }
        }
        let height = input.count / (width * 3)
        return window.objects.map { object in
            func x(_ value: Float) -> Float {
                (Float(tile.columns.lowerBound) + value * Float(tile.columns.count)) / Float(width)
            }
            func y(_ value: Float) -> Float {
                (Float(tile.rows.lowerBound) + value * Float(tile.rows.count)) / Float(height)
            }
            var object = object
            let box = object.box
            object.box = CornerBox(xmin: x(box.xmin), ymin: y(box.ymin), xmax: x(box.xmax), ymax: y(box.ymax))
                .clipped()
            return object
        }
    }
}
