import Images
import Networks

extension PixelNormalization {
    /// A model's preprocessing; bytes count as they are.
    public init(_ preprocessing: Preprocessing) {
        switch preprocessing.normalization {
        case .affine(let scale, let bias):
            precondition(scale.count == 3 && bias.count == 3, "three channels")
            self.init(order: preprocessing.channelOrder, scale: SIMD3(scale), bias: SIMD3(bias))
        case .bytes: self.init(order: preprocessing.channelOrder, scale: SIMD3(repeating: 1), bias: .zero)
        }
    }
}
