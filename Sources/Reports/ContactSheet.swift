import Datasets
import Images
import MultiBox

/// A grid of photos with their boxes drawn: whether annotations or augmented photos are right shows at a glance.
public struct ContactSheet: Sendable {
    /// The most tiles of a sheet.
    public static let maximumTiles = 400

    /// Tiles a row.
    public var columns: Int
    /// The side of a tile, in pixels; a photo is scaled to fit, its aspect kept.
    public var tileSide: Int
    /// Pixels between tiles and around them.
    public var gap: Int

    /// A sheet of `columns` tiles a row, each `tileSide` pixels wide and high.
    public init(columns: Int = 4, tileSide: Int = 240, gap: Int = 8) {
        precondition((1...Self.maximumTiles).contains(columns) && (16...1024).contains(tileSide), "a sheet of use")
        precondition((0...256).contains(gap), "a gap")
        self.columns = columns
        self.tileSide = tileSide
        self.gap = gap
    }

    /// The sheet of some photos, the first `maximumTiles` of them, row by row; a row is as high as its highest tile.
    public func render(_ photos: [(image: PixelImage, objects: [AnnotatedObject])], labels: LabelMap) -> PixelImage {
        let tiles = photos.prefix(Self.maximumTiles).map { tile($0.image, $0.objects, labels) }
        let columns = min(columns, max(tiles.count, 1))
        let rows = stride(from: 0, to: tiles.count, by: columns).map { tiles[$0..<min($0 + columns, tiles.count)] }
        let heights = rows.isEmpty ? [tileSide] : rows.map { $0.map(\.height).max() ?? 0 }
        let (width, height) = (gap + columns * (tileSide + gap), heights.reduce(gap) { $0 + $1 + gap })
        var sheet = [UInt8](repeating: 32, count: width * height * 3)
        var rowTop = gap
        for (row, rowHeight) in zip(rows, heights) {
            for (column, tile) in row.enumerated() {
                let left = gap + column * (tileSide + gap) + (tileSide - tile.width) / 2
                let top = rowTop + (rowHeight - tile.height) / 2
                for y in 0..<tile.height {
                    let target = ((top + y) * width + left) * 3
                    let source = y * tile.width * 3
                    sheet.replaceSubrange(
                        target..<target + tile.width * 3, with: tile.pixels[source..<source + tile.width * 3])
                }
            }
            rowTop += rowHeight + gap
        }
        return PixelImage(width: width, height: height, pixels: sheet)
    }

    private func tile(_ image: PixelImage, _ objects: [AnnotatedObject], _ labels: LabelMap) -> PixelImage {
        let scale = Double(tileSide) / Double(max(image.width, image.height))
        func side(_ pixels: Int) -> Int { min(tileSide, max(1, Int((Double(pixels) * scale).rounded()))) }
        var tile = Resampler(width: side(image.width), height: side(image.height)).resample(image)
        let (width, height) = (Float(tile.width), Float(tile.height))
        // Of each class, the largest box alone has its name: many of them would hide what is in the boxes.
        var largest: [Int: Int] = [:]
        for (index, object) in objects.enumerated() {
            if let other = largest[object.classIndex], objects[other].box.area >= object.box.area { continue }
            largest[object.classIndex] = index
        }
        let boxes = objects.enumerated().map { index, object in
            LabelledBox(
                xmin: object.box.xmin * width, ymin: object.box.ymin * height, xmax: object.box.xmax * width,
                ymax: object.box.ymax * height,
                label: largest[object.classIndex] == index ? labels.name(of: object.classIndex) ?? "" : "",
                colorIndex: object.classIndex)
        }
        BoxPainter().paint(boxes, on: &tile)
        return tile
    }
}
