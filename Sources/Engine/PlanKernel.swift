import Networks
import CKernels

/// The kernel that does a step's work, with everything it needs but the memory of the images.
enum PlanKernel {
    case convolutionF32(ck_convolution_f32)
    case convolutionBF16(ck_convolution_f32)
    case depthwiseF32(ck_convolution_f32)
    /// A depthwise convolution with pointwise ones before or after it.
    case blockF32(ck_block_f32)
    /// A table is for the bytes of the result, which it replaces.
    case convolutionU8(ck_convolution_u8, table: AlignedMemory?)
    case winogradU8(ck_convolution_u8, table: AlignedMemory?)
    case depthwiseU8(ck_convolution_u8, table: AlignedMemory?)
    case maxPoolF32(ck_convolution_shape)
    case maxPoolU8(ck_convolution_shape)
    case averagePoolF32(ck_convolution_shape, countPadding: Bool)
    case averagePoolU8(ck_convolution_shape)
    case activationF32(Activation)
    case addF32(Activation)
    case addU8(ck_add_u8_parameters)
    case multiplyF32
    case dequantizeU8(Quantization)
    case scaleChannelsF32
    case scaleChannelsU8(ck_scale_channels_u8_parameters)
    case softmaxF32
    case l2NormalizeF32(scale: AlignedMemory, epsilon: Float)
    /// Any function of one byte.
    case lookupU8(table: AlignedMemory)
    /// Any real function of one byte: dequantization, or a quantized function and its dequantization in one pass.
    case lookupF32(table: AlignedMemory)
    case quantizeU8(Quantization)
    /// Inputs of a concatenation that could not be placed inside it, as rows to copy.
    case copy([PlanCopy])

    /// The word in tables for what does the work of layers of these kinds.
    func kind(of layers: [String]) -> String {
        if case .blockF32 = self { return "block" }
        return layers.joined(separator: "+")
    }
}
