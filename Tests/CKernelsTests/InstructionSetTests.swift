import CKernels
import Testing

@Suite("Instruction sets")
struct InstructionSetTests {
    @Test func bestIsAvailable() {
        let best = ck_best_isa()
        #expect(ck_isa_is_available(best) != 0)
        #expect(availableIsas.last == best)
        #expect(availableIsas.first == CK_ISA_PORTABLE)
        #expect(availableIsas.contains(CK_ISA_AMX_EMULATED), "the tiles that tests link")
    }

    @Test func names() {
        let isas = [
            CK_ISA_PORTABLE, CK_ISA_NEON, CK_ISA_AVX2, CK_ISA_AVX512, CK_ISA_AMX, CK_ISA_AVX2_PLAIN,
            CK_ISA_AMX_EMULATED,
        ]
        #expect(
            isas.map { String(cString: ck_isa_name($0)) } == [
                "portable", "neon", "avx2", "avx512", "amx", "avx2-plain", "amx-emulated",
            ])
        for isa in isas {
            #expect(String(cString: ck_isa_description(isa)).hasPrefix(String(cString: ck_isa_name(isa))))
        }
    }

    /// Vectors are worth having: each ceiling is above the portable one, and none is beyond what silicon does.
    @Test func ceilings() {
        #expect(ck_measure_peak_f32(CK_ISA_AMX) == 0 || ck_isa_is_available(CK_ISA_AMX) != 0)
        #expect(ck_measure_peak_bf16(CK_ISA_PORTABLE) == 0)
        for isa in availableIsas {
            if ck_isa_has_bf16(isa) != 0 { #expect((1e9...1e14).contains(ck_measure_peak_bf16(isa))) }
            #expect((1e8...1e13).contains(ck_measure_peak_f32(isa)), "\(String(cString: ck_isa_name(isa)))")
            #expect((1e8...1e14).contains(ck_measure_peak_u8(isa)), "\(String(cString: ck_isa_name(isa)))")
        }
    }
}
