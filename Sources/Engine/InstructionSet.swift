import Networks
import CKernels

/// The instructions that kernels use. Chosen when the process runs, never when it is built.
public struct InstructionSet: Sendable, Hashable, CustomStringConvertible {
    let kernel: ck_isa

    /// The best that this machine offers.
    public static var best: InstructionSet { InstructionSet(kernel: ck_best_isa()) }

    /// C without intrinsics: the oracle of all others.
    public static let portable = InstructionSet(kernel: CK_ISA_PORTABLE)

    /// The kernels of AMX over tiles that C emulates: slow, and there so that tests reach them on every machine.
    package static let emulatedTiles = InstructionSet(kernel: CK_ISA_AMX_EMULATED)

    /// Whether this machine has instructions for products of bfloat16, be they faster than those of floats or not.
    package var hasBFloat16: Bool { ck_isa_has_bf16(kernel) != 0 }

    /// Every instruction set that can run here.
    public static var available: [InstructionSet] {
        all.filter { ck_isa_is_available($0) != 0 }.map(InstructionSet.init(kernel:))
    }

    /// The names that `init(cappedAt:)` knows.
    public static var names: [String] { all.map { String(cString: ck_isa_name($0)) } }

    private static let all = [CK_ISA_PORTABLE, CK_ISA_NEON, CK_ISA_AVX2, CK_ISA_AVX512, CK_ISA_AMX]

    private init(kernel: ck_isa) {
        self.kernel = kernel
    }

    /// The best instruction set of this machine that is no better than the one called `name`.
    ///
    /// - Throws: `NetworkError.instructionSetUnavailable` if no instruction set has that name, or it belongs to
    ///   another processor family.
    public init(cappedAt name: String) throws(NetworkError) {
        guard let cap = Self.all.first(where: { String(cString: ck_isa_name($0)) == name }) else {
            throw .instructionSetUnavailable(name)
        }
        let allowed = Self.available.filter { $0.kernel.rawValue <= cap.rawValue }
        guard let best = allowed.last, (cap == CK_ISA_PORTABLE) == (best == .portable) else {
            throw .instructionSetUnavailable(name)
        }
        self = best
    }

    /// Its name: `portable`, `neon`, `avx2`, `avx512` or `amx`.
    public var name: String { String(cString: ck_isa_name(kernel)) }

    /// Operations a second (two a multiply-add) that one thread can do at most right now, measured for some 20 ms in a loop
    /// that touches no memory.
    public func measuredPeak(int8: Bool) -> Double {
        int8 ? ck_measure_peak_u8(kernel) : ck_measure_peak_f32(kernel)
    }

    /// The same of products of bfloat16; 0 where there are no instructions for them.
    public func measuredBFloat16Peak() -> Double { ck_measure_peak_bf16(kernel) }

    /// The name with the extensions that are in use: `avx512+vnni`.
    public var description: String { String(cString: ck_isa_description(kernel)) }
}
