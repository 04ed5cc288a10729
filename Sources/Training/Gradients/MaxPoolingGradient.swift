import Networks

/// Max pooling, whose gradient goes to the first largest element of each window.
struct MaxPoolingGradient: LayerGradient {
    let input: Int, output: Int
    let window: Window

    var inputs: [Int] { [input] }
    var valuesOnWayBack: [Int] { [input] }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (from, to) = (tape.shapes[input], tape.shapes[output])
        let windows = PoolingWindows(window: window, input: from, output: to)
        let (inputs, outputs) = (tape.value(input), tape.makeValue(output))
        let channels = from.channels
        tape.forEachImage { image in
            let (x, y) = (inputs + image * from.elementCount, outputs + image * to.elementCount)
            windows.forEach { pixel, rows, columns in
                let target = y + pixel * channels
                for c in 0..<channels { target[c] = -.infinity }
                for row in rows {
                    for column in columns {
                        let source = x + (row * from.width + column) * channels
                        for c in 0..<channels { target[c] = source[c] > target[c] ? source[c] : target[c] }
                    }
                }
            }
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let (from, to) = (tape.shapes[input], tape.shapes[output])
        let (inputs, gradients, slopes) = (tape.value(input), tape.clearedGradient(input), tape.floats(delta))
        tape.forEachImage { image in
            addGradient(
                inputs + image * from.elementCount, outputGradient: slopes + image * to.elementCount,
                to: gradients + image * from.elementCount,
                PoolingWindows(window: window, input: from, output: to))
        }
        tape.release(delta)
    }

    /// Adds the gradient of one image.
    private func addGradient(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, to gradient: UnsafeMutablePointer<Float>,
        _ windows: PoolingWindows
    ) {
        let (channels, width) = (windows.input.channels, windows.input.width)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: channels) { best in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: channels) { place in
                windows.forEach { pixel, rows, columns in
                    best.initialize(repeating: -.infinity)
                    place.initialize(repeating: Int32(rows.lowerBound * width + columns.lowerBound))
                    for row in rows {
                        for column in columns {
                            let at = row * width + column
                            let source = x + at * channels
                            for c in 0..<channels where source[c] > best[c] {
                                best[c] = source[c]
                                place[c] = Int32(at)
                            }
                        }
                    }
                    let delta = outputGradient + pixel * channels
                    for c in 0..<channels { gradient[Int(place[c]) * channels + c] += delta[c] }
                }
            }
        }
    }
}
