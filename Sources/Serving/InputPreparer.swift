import Images
import Engine
import Networks

/// Turns pictures into a network's inputs, as the model's preprocessing says.
package struct InputPreparer: Sendable {
    private enum Numbers: Sendable {
        case bytes(ChannelOrder)
        case floats(PixelNormalization)
    }

    private let resampler: Resampler
    private let numbers: Numbers

    package init(_ preprocessing: Preprocessing) throws(ModelLoadError) {
        resampler = Resampler(width: preprocessing.width, height: preprocessing.height)
        let order: ChannelOrder =
            switch preprocessing.channelOrder {
            case .rgb: .rgb
            case .bgr: .bgr
            }
        switch preprocessing.normalization {
        case .bytes: numbers = .bytes(order)
        case .affine(let scale, let bias):
            guard scale.count == 3, bias.count == 3 else {
                throw .preprocessing(scales: scale.count, biases: bias.count)
            }
            numbers = .floats(PixelNormalization(order: order, scale: SIMD3(scale), bias: SIMD3(bias)))
        }
    }

    /// The size of the network's input.
    package var size: ImageSize { ImageSize(width: resampler.width, height: resampler.height) }

    /// Warps a picture straight into the memory of a network's input.
    package func prepare(_ image: PixelImage, into input: InferenceInput) {
        input.withUnsafeMutableBytes { memory in
            switch numbers {
            case .bytes(let order):
                resampler.resample(image, order: order, into: memory.bindMemory(to: UInt8.self))
            case .floats(let normalization):
                resampler.resample(image, normalization: normalization, into: memory.bindMemory(to: Float.self))
            }
        }
    }
}
