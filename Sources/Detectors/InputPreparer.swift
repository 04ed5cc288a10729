import Platform
import Engine
import Images
import Networks

/// Turns pictures into a network's inputs, as the model's preprocessing says.
public struct InputPreparer: Sendable {
    private let resampler: Resampler
    private let channelOrder: ChannelOrder
    /// Nil for a network that takes bytes.
    private let normalization: PixelNormalization?
    /// Whether the numbers are made of bytes.
    private let isInBytes: Bool

    /// - Parameter preprocessing: that of a model which an engine has taken, proven to be of three channels.
    public init(_ preprocessing: Preprocessing) {
        resampler = Resampler(
            width: preprocessing.width, height: preprocessing.height,
            filter: preprocessing.interpolation == .antialiased ? .antialiased : .nearestFour)
        channelOrder = preprocessing.channelOrder
        normalization = preprocessing.normalization == .bytes ? nil : PixelNormalization(preprocessing)
        isInBytes = preprocessing.interpolation == .bytes
    }

    /// The size of the network's input.
    public var size: ImageSize { ImageSize(width: resampler.width, height: resampler.height) }

    /// Warps a picture straight into the memory of a network's input.
    public func prepare(_ image: PixelImage, into input: InferenceInput) {
        input.withUnsafeMutableBytes { memory in
            if let normalization {
                resampler.resample(
                    image, normalization: normalization, inBytes: isInBytes, into: memory.bindMemory(to: Float.self))
            } else {
                resampler.resample(image, order: channelOrder, into: memory.bindMemory(to: UInt8.self))
            }
        }
    }
}
