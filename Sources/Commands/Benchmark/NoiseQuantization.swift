import Networks
import Quantization

/// Quantizes a float model whose detections nobody will look at: ranges come from noise.
enum NoiseQuantization {
    /// Pictures of noise that are run.
    private static let pictures = 2

    /// The model in eight bits.
    static func quantized(_ model: DetectionModel) throws -> DetectionModel {
        guard case .affine(let scale, let bias) = model.preprocessing.normalization else { return model }
        do throws(NetworkError) {
            let quantizer = try ModelQuantizer(model)
            var state: UInt64 = 1
            for _ in 0..<pictures {
                let input = quantizer.makeInput()
                input.withUnsafeMutableBytes { bytes in
                    let values = bytes.bindMemory(to: Float.self)
                    for index in values.indices {
                        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                        values[index] = Float(state >> 56) * scale[index % 3] + bias[index % 3]
                    }
                }
                quantizer.observe(input)
            }
            return try quantizer.quantized(winograd: true)
        } catch { throw Failure("\(model.name) cannot be quantized: \(error)") }
    }
}
