import CKernels

/// The arithmetic of a float network's dense convolutions. Everything between them is single precision either way.
public enum FloatPrecision: String, Sendable, CaseIterable {
    /// Single precision.
    case fp32
    /// At least the accuracy of products of bfloat16 summed in single precision, as fast as can be: a convolution whose
    /// products are not faster in bfloat16 here is computed in single precision.
    case bf16

    /// The precision that pays: bfloat16 where the processor has tiles, which multiply many times as fast. Vectors of
    /// bfloat16 are at best twice as fast as those of floats, less than what most layers gain by Winograd's method, so for
    /// their sake no model gives up accuracy unasked.
    public static func best(for instructionSet: InstructionSet) -> FloatPrecision {
        ck_bf16_gain_of(instructionSet.kernel) == CK_BF16_GAIN_TILES ? .bf16 : .fp32
    }
}
