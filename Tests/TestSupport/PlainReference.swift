import Networks

/// The plain operations by their definitions, in double precision.
package enum PlainReference {
    /// What an operation makes of a map.
    package static func values(
        _ operation: any PlainOperation, _ input: [Double], _ shape: TensorShape, _ parameters: [[Double]]
    ) -> [Double] {
        switch operation {
        case is PReLU:
            return input.enumerated().map { index, x in x > 0 ? x : x * parameters[0][index % shape.channels] }
        case is SiLU: return input.map { $0 / (1 + Double.exponential(-$0)) }
        case let elu as ELU: return input.map { $0 > 0 ? $0 : Double(elu.alpha) * (Double.exponential($0) - 1) }
        case let leaky as LeakyReLU: return input.map { $0 > 0 ? $0 : $0 * Double(leaky.slope) }
        case let insertion as ZeroInsertion: return spread(insertion, input, shape)
        case let pad as Pad: return padded(pad, input, shape)
        case let resize as Resize: return resized(resize, input, shape)
        default: preconditionFailure("an operation without a definition here: \(type(of: operation).kind)")
        }
    }

    private static func spread(_ insertion: ZeroInsertion, _ input: [Double], _ shape: TensorShape) -> [Double] {
        let (height, width) = (
            (shape.height - 1) * insertion.strideY + 1, (shape.width - 1) * insertion.strideX + 1
        )
        return (0..<height * width * shape.channels).map { index in
            let (pixel, channel) = (index / shape.channels, index % shape.channels)
            let (y, x) = (pixel / width, pixel % width)
            guard y % insertion.strideY == 0, x % insertion.strideX == 0 else { return 0 }
            return input[(y / insertion.strideY * shape.width + x / insertion.strideX) * shape.channels + channel]
        }
    }

    private static func padded(_ pad: Pad, _ input: [Double], _ shape: TensorShape) -> [Double] {
        var result: [Double] = []
        for y in -pad.top..<shape.height + pad.bottom {
            for x in -pad.left..<shape.width + pad.right {
                for channel in -pad.front..<shape.channels + pad.back {
                    let isInside =
                        (0..<shape.height).contains(y) && (0..<shape.width).contains(x)
                        && (0..<shape.channels).contains(channel)
                    result.append(isInside ? input[(y * shape.width + x) * shape.channels + channel] : 0)
                }
            }
        }
        return result
    }

    private static func resized(_ resize: Resize, _ input: [Double], _ shape: TensorShape) -> [Double] {
        func place(_ index: Int, _ output: Int, _ extent: Int) -> Double {
            let scale = Double(extent) / Double(output)
            let isNearest = resize.mode == .nearest
            switch resize.coordinates {
            case .asymmetric: return Double(index) * scale
            case .halfPixel: return (Double(index) + 0.5) * scale - (isNearest ? 0 : 0.5)
            }
        }
        func pixel(_ y: Int, _ x: Int, _ channel: Int) -> Double {
            let (row, column) = (min(max(y, 0), shape.height - 1), min(max(x, 0), shape.width - 1))
            return input[(row * shape.width + column) * shape.channels + channel]
        }
        var result: [Double] = []
        for y in 0..<resize.height {
            for x in 0..<resize.width {
                // A hair above, so that a place on a border does not fall before it.
                let (down, right) = (place(y, resize.height, shape.height), place(x, resize.width, shape.width))
                let (top, left) = (Int((down + 1e-9).rounded(.down)), Int((right + 1e-9).rounded(.down)))
                let (v, u) = (max(down - Double(top), 0), max(right - Double(left), 0))
                for channel in 0..<shape.channels {
                    guard resize.mode == .bilinear else {
                        result.append(pixel(top, left, channel))
                        continue
                    }
                    let above = pixel(top, left, channel) * (1 - u) + pixel(top, left + 1, channel) * u
                    let below = pixel(top + 1, left, channel) * (1 - u) + pixel(top + 1, left + 1, channel) * u
                    result.append(above * (1 - v) + below * v)
                }
            }
        }
        return result
    }
}
