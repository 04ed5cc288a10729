import Platform
import Images

/// The definition of bilinear interpolation in OpenCV's fixed point, a byte at a time with nothing simplified.
enum FixedPointReference {
    /// The two source positions and their weights in 2048ths. Columns end at the picture's edges; rows are read again.
    struct Sample {
        var first: Int
        var second: Int
        var firstWeight: Int
        var secondWeight: Int

        init(_ target: Int, source size: Int, target count: Int, isColumn: Bool) {
            let scale = Double(size) / Double(count)
            let center = Float((Double(target) + 0.5) * scale - 0.5)
            var position = Int(center.rounded(.down))
            var share = center - Float(position)
            if isColumn, position < 0 { (position, share) = (0, 0) }
            if isColumn, position >= size - 1 { (position, share) = (size - 1, 0) }
            first = min(max(position, 0), size - 1)
            second = min(max(position + 1, 0), size - 1)
            firstWeight = Int(((1 - share) * 2048).rounded(.toNearestOrEven))
            secondWeight = Int((share * 2048).rounded(.toNearestOrEven))
        }
    }

    static func resample(_ image: PixelImage, width: Int, height: Int, order: ChannelOrder) -> [UInt8] {
        let columns = (0..<width).map { Sample($0, source: image.width, target: width, isColumn: true) }
        var output: [UInt8] = []
        for y in 0..<height {
            let row = Sample(y, source: image.height, target: height, isColumn: false)
            for column in columns {
                for channel in order == .rgb ? [0, 1, 2] : [2, 1, 0] {
                    func sum(_ y: Int) -> Int {
                        Int(image[column.first, y][channel]) * column.firstWeight
                            + Int(image[column.second, y][channel]) * column.secondWeight
                    }
                    let upper = (row.firstWeight * (sum(row.first) >> 4)) >> 16
                    let lower = (row.secondWeight * (sum(row.second) >> 4)) >> 16
                    output.append(UInt8(min(max((upper + lower + 2) >> 2, 0), 255)))
                }
            }
        }
        return output
    }
}
