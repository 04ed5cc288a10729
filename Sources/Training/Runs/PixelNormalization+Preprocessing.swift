import Images
import Networks

extension PixelNormalization {
    /// A float model's preprocessing; bytes count as they are.
    init(_ preprocessing: Preprocessing) {
        let order: Images.ChannelOrder = preprocessing.channelOrder == .rgb ? .rgb : .bgr
        switch preprocessing.normalization {
        case .affine(let scale, let bias):
            precondition(scale.count == 3 && bias.count == 3, "three channels")
            self.init(
                order: order, scale: SIMD3(scale[0], scale[1], scale[2]), bias: SIMD3(bias[0], bias[1], bias[2]))
        case .bytes: self.init(order: order, scale: SIMD3(repeating: 1), bias: .zero)
        }
    }
}
