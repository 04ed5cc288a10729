import CKernels

/// Each channel c of a map times its factor, y = x · s_c: ∂L/∂x = ∂L/∂y · s_c, ∂L/∂s_c = Σ ∂L/∂y · x over the pixels of
/// an image.
struct ChannelScalingGradient: LayerGradient {
    let input: Int, factors: Int, output: Int

    var inputs: [Int] { [input, factors] }
    var valuesOnWayBack: [Int] { inputs }

    func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter]) {
        let (x, s, y) = (tape.value(input), tape.value(factors), tape.makeValue(output))
        let shape = tape.shapes[output]
        tape.forEachImage { [isa = tape.isa] image in
            let first = image * shape.elementCount
            ck_scale_channels_f32(
                isa, x + first, s + image * shape.channels, y + first, shape.pixels, shape.channels)
        }
    }

    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter]) {
        let (x, s) = (tape.value(input), tape.value(factors))
        let inputGradient = tape.needsGradient(input) ? tape.clearedGradient(input) : nil
        let factorGradient = tape.needsGradient(factors) ? tape.clearedGradient(factors) : nil
        let slopes = tape.floats(delta)
        let shape = tape.shapes[output]
        let channels = shape.channels
        tape.forEachImage { image in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: channels) { sums in
                sums.initialize(repeating: 0)
                let scale = s + image * channels
                for pixel in image * shape.pixels..<(image + 1) * shape.pixels {
                    let (row, source) = (x + pixel * channels, slopes + pixel * channels)
                    for c in 0..<channels { sums[c] += Double(source[c] * row[c]) }
                    guard let inputGradient else { continue }
                    let target = inputGradient + pixel * channels
                    for c in 0..<channels { target[c] += source[c] * scale[c] }
                }
                guard let factorGradient else { return }
                for c in 0..<channels { factorGradient[image * channels + c] += Float(sums[c]) }
            }
        }
        tape.release(delta)
    }
}
