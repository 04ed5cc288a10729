/// Makes the default boxes of a configuration: source map → row → column → boxes of the cell.
///
/// A centre is (index + offset) · step / image, the offset being 0.5 unless said otherwise. With an explicit step the grid is image/step, which is not the map's size:
/// 114 of SSD300's centres lie outside the image, and the published weights were trained so.
public struct DefaultBoxGenerator: Sendable {
    /// The largest input side, in pixels.
    public static let maximumImageSide = 1 << 16

    /// The validated configuration.
    public let configuration: DefaultBoxConfiguration
    /// The number of boxes.
    public let count: Int

    /// A generator for a configuration, which may come from a file.
    ///
    /// - Throws: what is wrong with the configuration.
    public init(_ configuration: DefaultBoxConfiguration) throws(MultiBoxError) {
        let sides = 1...Self.maximumImageSide
        guard sides.contains(configuration.imageWidth), sides.contains(configuration.imageHeight) else {
            throw .invalidImageSize(width: configuration.imageWidth, height: configuration.imageHeight)
        }
        var total = 0
        for (index, map) in configuration.maps.enumerated() {
            total += try Self.boxCount(of: map, index: index)
            guard total <= DefaultBoxes.maximumCount else {
                throw .invalidDefaultBoxCount(total, limit: DefaultBoxes.maximumCount)
            }
        }
        guard total > 0 else { throw .invalidDefaultBoxCount(0, limit: DefaultBoxes.maximumCount) }
        self.configuration = configuration
        self.count = total
    }

    /// The boxes, normalised, in the order of the network's outputs.
    public func boxes() -> [CenterBox] {
        var boxes: [CenterBox] = []
        boxes.reserveCapacity(count)
        let imageWidth = Double(configuration.imageWidth)
        let imageHeight = Double(configuration.imageHeight)
        for map in configuration.maps {
            let shapes = shapes(of: map)
            let stepX = map.stepX.map(Double.init) ?? imageWidth / Double(map.columns)
            let stepY = map.stepY.map(Double.init) ?? imageHeight / Double(map.rows)
            for row in 0..<map.rows {
                let cy = (Double(row) + Double(map.offset)) * stepY / imageHeight
                for column in 0..<map.columns {
                    let cx = (Double(column) + Double(map.offset)) * stepX / imageWidth
                    for shape in shapes {
                        let box = CenterBox(
                            cx: Float(cx), cy: Float(cy), w: Float(shape.width / imageWidth),
                            h: Float(shape.height / imageHeight))
                        boxes.append(clip(box))
                    }
                }
            }
        }
        return boxes
    }

    /// The extents, in pixels, of the boxes of a cell.
    private func shapes(of map: DefaultBoxConfiguration.SourceMap) -> [(width: Double, height: Double)] {
        var shapes: [(width: Double, height: Double)] = []
        for (index, size) in map.minimumSizes.enumerated() {
            let minimum = pixels(size)
            shapes.append((minimum, minimum))
            if !map.maximumSizes.isEmpty {
                let mean = (minimum * pixels(map.maximumSizes[index])).squareRoot()
                shapes.append((mean, mean))
            }
            for ratio in map.aspectRatios {
                let root = Double(ratio).squareRoot()
                shapes.append((minimum * root, minimum / root))
                shapes.append((minimum / root, minimum * root))
            }
        }
        return shapes + map.shapes.map { (pixels($0.width), pixels($0.height)) }
    }

    private func pixels(_ size: Float) -> Double {
        configuration.truncatesSizes ? Double(size).rounded(.towardZero) : Double(size)
    }

    private func clip(_ box: CenterBox) -> CenterBox {
        func unit(_ value: Float) -> Float { min(max(value, 0), 1) }
        switch configuration.clip {
        case .none: return box
        case .corners: return CenterBox(CornerBox(box).clipped())
        case .centerForm: return CenterBox(cx: unit(box.cx), cy: unit(box.cy), w: unit(box.w), h: unit(box.h))
        case .sizeOnly: return CenterBox(cx: box.cx, cy: box.cy, w: unit(box.w), h: unit(box.h))
        }
    }

    /// The number of boxes of a map, once everything about it has been found sound.
    private static func boxCount(
        of map: DefaultBoxConfiguration.SourceMap, index: Int
    ) throws(MultiBoxError) -> Int {
        let sides = 1...maximumImageSide
        guard sides.contains(map.rows), sides.contains(map.columns) else {
            throw .emptySourceMap(map: index, rows: map.rows, columns: map.columns)
        }
        guard !(map.minimumSizes.isEmpty && map.shapes.isEmpty),
            map.maximumSizes.isEmpty || map.maximumSizes.count == map.minimumSizes.count
        else {
            throw .sizeCountMismatch(
                map: index, minimumSizes: map.minimumSizes.count, maximumSizes: map.maximumSizes.count)
        }
        for value in map.minimumSizes + map.maximumSizes where !isPositive(value) {
            throw .invalidSize(map: index, value: value)
        }
        for shape in map.shapes {
            for value in [shape.width, shape.height] where !isPositive(value) {
                throw .invalidSize(map: index, value: value)
            }
        }
        guard (0...1).contains(map.offset) else { throw .invalidOffset(map: index, value: map.offset) }
        for value in map.aspectRatios where !isPositive(value) { throw .invalidAspectRatio(map: index, value: value) }
        for value in [map.stepX, map.stepY].compactMap({ $0 }) where !isPositive(value) {
            throw .invalidStep(map: index, value: value)
        }
        let (count, overflow) = (map.rows * map.columns).multipliedReportingOverflow(by: map.boxesPerCell)
        guard !overflow, count <= DefaultBoxes.maximumCount else {
            throw .invalidDefaultBoxCount(overflow ? .max : count, limit: DefaultBoxes.maximumCount)
        }
        return count
    }

    /// Whether a value is a usable number of pixels or ratio: positive, and far from what overflows in a product.
    private static func isPositive(_ value: Float) -> Bool { value > 1e-6 && value < 1e6 }
}
