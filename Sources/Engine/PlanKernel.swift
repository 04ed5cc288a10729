import Networks
import CKernels

/// The kernel that does a step's work, with everything it needs but the memory of the images.
enum PlanKernel {
    /// A table is for the bytes of the result, which it replaces.
    case convolution(Method, ck_convolution, table: AlignedMemory?)
    /// A depthwise convolution with pointwise ones before or after it, and the methods of each.
    case bottleneck(ck_bottleneck, methods: [Method])
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
    /// What a plain operation is computed by.
    case plain(any PlainKernel)
    /// Inputs of a concatenation that could not be placed inside it, as rows to copy.
    case copy([PlanCopy])

    /// The word in tables for what does the work of layers of these kinds.
    func kind(of layers: [String]) -> String {
        if case .bottleneck = self { return "bottleneck" }
        return layers.joined(separator: "+")
    }

    /// What does the work, for people: the element and the method, as in `f32/winograd4`.
    var method: String {
        switch self {
        case .convolution(let method, _, _): method.name
        case .bottleneck(_, let methods):
            // The middle one multiplies floats where it does not know bfloat16.
            Set(methods.map(\.element)).count == 1
                ? (methods.first?.element ?? "") + "/" + methods.map(\.shortName).joined(separator: "+")
                : methods.map(\.name).joined(separator: "+")
        case .maxPoolF32: "f32/max-pool"
        case .maxPoolU8: "u8/max-pool"
        case .averagePoolF32: "f32/average-pool"
        case .averagePoolU8: "u8/average-pool"
        case .activationF32: "f32/activation"
        case .addF32: "f32/add"
        case .addU8(let parameters): parameters.pair.shift != 0 ? "u8/add-pair" : "u8/add"
        case .multiplyF32: "f32/multiply"
        case .dequantizeU8: "u8/dequantize"
        case .scaleChannelsF32: "f32/scale-channels"
        case .scaleChannelsU8: "u8/scale-channels"
        case .softmaxF32: "f32/softmax"
        case .l2NormalizeF32: "f32/l2-normalize"
        case .lookupU8: "u8/lookup"
        case .lookupF32: "f32/lookup"
        case .quantizeU8: "u8/quantize"
        case .plain(let kernel): kernel.method
        case .copy: "copy"
        }
    }
}
