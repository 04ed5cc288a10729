/// A configuration of default boxes, coding or post-processing that cannot be used. Such values come from model files.
public enum MultiBoxError: Error, Sendable, Hashable {
    /// The input size, in pixels, is not positive or beyond the limit.
    case invalidImageSize(width: Int, height: Int)
    /// A source map, by index, without rows or columns.
    case emptySourceMap(map: Int, rows: Int, columns: Int)
    /// A source map that gives no box, or as many maximum sizes as neither zero nor the minimum sizes.
    case sizeCountMismatch(map: Int, minimumSizes: Int, maximumSizes: Int)
    /// A size, in pixels, that is not positive and finite.
    case invalidSize(map: Int, value: Float)
    /// An aspect ratio that is not positive and finite.
    case invalidAspectRatio(map: Int, value: Float)
    /// A step, in pixels, that is not positive and finite.
    case invalidStep(map: Int, value: Float)
    /// A place in a cell that is not within it.
    case invalidOffset(map: Int, value: Float)
    /// More default boxes than `DefaultBoxes.maximumCount`, or none.
    case invalidDefaultBoxCount(Int, limit: Int)
    /// A stored default box that is not finite or has a negative extent.
    case invalidDefaultBox(index: Int)
    /// A variance, scale or log-scale limit that is not positive and finite.
    case invalidVariance(Float)
    /// A number of score columns outside 1...limit, or with nothing but background.
    case invalidClassCount(Int, limit: Int)
    /// A background column that is not one of the score columns.
    case backgroundOutOfRange(index: Int, classCount: Int)
    /// A score or overlap threshold outside its range.
    case invalidThreshold(name: String, value: Float)
    /// A bound on candidates or detections that is not positive.
    case invalidLimit(name: String, value: Int)
}

extension MultiBoxError: CustomStringConvertible {
    /// A clause for a person; maps are counted from 0, as files do.
    public var description: String {
        switch self {
        case .invalidImageSize(let width, let height):
            "an input of \(width) × \(height) pixels is not possible"
        case .emptySourceMap(let map, let rows, let columns): "source map \(map) has \(rows) rows of \(columns) cells"
        case .sizeCountMismatch(let map, let minimum, let maximum):
            "source map \(map) has \(minimum) minimum sizes and \(maximum) maximum sizes"
        case .invalidSize(let map, let value): "source map \(map) has boxes of a size of \(value) pixels"
        case .invalidAspectRatio(let map, let value): "source map \(map) has boxes of an aspect ratio of \(value)"
        case .invalidStep(let map, let value): "source map \(map) has a step of \(value) pixels"
        case .invalidOffset(let map, let value):
            "source map \(map) has centres at \(value) of a cell, not within 0 and 1"
        case .invalidDefaultBoxCount(let count, let limit): "there are \(count) default boxes, not 1 to \(limit)"
        case .invalidDefaultBox(let index): "default box \(index) has an extent that is none"
        case .invalidVariance(let value): "boxes are coded with a variance or limit of \(value), which is not above 0"
        case .invalidClassCount(let count, let limit):
            "there are scores of \(count) classes, not of 1 to \(limit) objects"
        case .backgroundOutOfRange(let index, let count): "the background is class \(index) of \(count)"
        case .invalidThreshold(let name, let value): "\(name) is \(value), which is out of its range"
        case .invalidLimit(let name, let value): "\(name) is \(value), which is not above 0"
        }
    }
}
