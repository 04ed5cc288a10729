/* Which instruction sets this processor and its operating system offer, and the tables that belong to them. */
#define _DEFAULT_SOURCE /* syscall */
#include <stdatomic.h>

#include "bf16/kernels_bf16.h"
#include "u8/strips_u8.h"

enum {
    HAS_NEON = 1,
    HAS_AVX2 = 2,
    HAS_AVX_VNNI = 4,
    HAS_AVX512 = 8,
    HAS_AVX512_VNNI = 16,
    HAS_VBMI = 32,
    HAS_AVX512_BF16 = 64,
    HAS_AMX = 128,
    KNOWN = 256
};

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

/* Tiles are 8 KiB of state that Linux saves only for processes that ask for it (arch_prctl ARCH_REQ_XCOMP_PERM of
 * component 18, TILEDATA); it refuses where a thread's signal stack has no room for them. */
static int may_use_tiles(void) {
#if defined(__linux__) && defined(SYS_arch_prctl)
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
    return 0;
#endif
}

/* XCR0: which registers the operating system saves. CPUID alone says only what the processor could do. */
static uint64_t saved_registers(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
}

static unsigned detect(void) {
    enum { YMM_STATE = 0x06, ZMM_STATE = 0xE6, TILE_STATE = 0x60000 };
    unsigned a, b, c, d, found = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    unsigned has_osxsave = c >> 27 & 1, has_fma = c >> 12 & 1;
    if (!has_osxsave) return 0;
    uint64_t saved = saved_registers();
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    unsigned last_subleaf = a;
    if ((saved & YMM_STATE) != YMM_STATE || !has_fma || !(b >> 5 & 1)) return 0;
    found |= HAS_AVX2;
    unsigned amx_bf16 = d >> 22 & 1, amx_tile = d >> 24 & 1, amx_int8 = d >> 25 & 1;
    unsigned f = b >> 16 & 1, dq = b >> 17 & 1, bw = b >> 30 & 1, vl = b >> 31 & 1;
    if ((saved & ZMM_STATE) == ZMM_STATE && f && dq && bw && vl) {
        found |= HAS_AVX512;
        if (c >> 11 & 1) found |= HAS_AVX512_VNNI;
        if (c >> 1 & 1) found |= HAS_VBMI;
    }
    if (last_subleaf >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
        if (a >> 4 & 1) found |= HAS_AVX_VNNI;
        if ((found & HAS_AVX512) && (a >> 5 & 1)) found |= HAS_AVX512_BF16;
    }
    /* No processor has tiles and not these; what tiles do not do, they do. */
    unsigned beside = HAS_AVX512_VNNI | HAS_VBMI | HAS_AVX512_BF16;
    if (amx_bf16 && amx_tile && amx_int8 && (saved & TILE_STATE) == TILE_STATE && (found & beside) == beside
        && may_use_tiles() && ck_amx_works()) {
        found |= HAS_AMX;
    }
    return found;
}
#elif defined(__aarch64__)
static unsigned detect(void) { return HAS_NEON; /* part of every AArch64 */ }
#else
static unsigned detect(void) { return 0; }
#endif

/* CPUID leaves a virtual machine each time, so it is asked once. Two threads that ask at once find the same. */
static unsigned features(void) {
    static _Atomic unsigned cache;
    unsigned known = atomic_load_explicit(&cache, memory_order_relaxed);
    if (known == 0) {
        known = detect() | KNOWN;
        atomic_store_explicit(&cache, known, memory_order_relaxed);
    }
    return known;
}

static int has_emulated_tiles(void) { return &ck_amx_emulated_bf16 != NULL; }

int ck_isa_is_available(ck_isa isa) {
    switch (isa) {
    case CK_ISA_PORTABLE: return 1;
    case CK_ISA_AMX_EMULATED: return has_emulated_tiles();
    case CK_ISA_NEON: return (features() & HAS_NEON) != 0;
    case CK_ISA_AVX2:
    case CK_ISA_AVX2_PLAIN: return (features() & HAS_AVX2) != 0;
    case CK_ISA_AVX512: return (features() & HAS_AVX512) != 0;
    case CK_ISA_AMX: return (features() & HAS_AMX) != 0;
    }
    return 0;
}

ck_isa ck_best_isa(void) {
    static const ck_isa descending[] = {CK_ISA_AMX, CK_ISA_AVX512, CK_ISA_AVX2, CK_ISA_NEON};
    for (size_t i = 0; i < sizeof descending / sizeof *descending; i++) {
        if (ck_isa_is_available(descending[i])) return descending[i];
    }
    return CK_ISA_PORTABLE;
}

const char *ck_isa_name(ck_isa isa) {
    switch (isa) {
    case CK_ISA_PORTABLE: return "portable";
    case CK_ISA_NEON: return "neon";
    case CK_ISA_AVX2: return "avx2";
    case CK_ISA_AVX512: return "avx512";
    case CK_ISA_AMX: return "amx";
    case CK_ISA_AVX2_PLAIN: return "avx2-plain";
    case CK_ISA_AMX_EMULATED: return "amx-emulated";
    }
    return "unknown";
}

const char *ck_isa_description(ck_isa isa) {
    unsigned found = features();
    if (isa == CK_ISA_AVX2 && (found & HAS_AVX_VNNI)) return "avx2+vnni";
    if (isa == CK_ISA_AVX512 && (found & HAS_AVX512_VNNI)) {
        if (found & HAS_AVX512_BF16) return (found & HAS_VBMI) ? "avx512+vnni+vbmi+bf16" : "avx512+vnni+bf16";
        return (found & HAS_VBMI) ? "avx512+vnni+vbmi" : "avx512+vnni";
    }
    if (isa == CK_ISA_AMX) return "amx+avx512+vnni+vbmi+bf16";
    return ck_isa_name(isa);
}

const ck_f32_kernels *ck_f32_kernels_of(ck_isa isa) {
    if (!ck_isa_is_available(isa)) return &ck_portable_f32;
    switch (isa) {
#if defined(__x86_64__)
    case CK_ISA_AMX:
    case CK_ISA_AVX512: return &ck_avx512_f32;
    case CK_ISA_AVX2:
    case CK_ISA_AVX2_PLAIN: return &ck_avx2_f32;
#elif defined(__aarch64__)
    case CK_ISA_NEON: return &ck_neon_f32;
#endif
    default: return &ck_portable_f32;
    }
}

const ck_u8_kernels *ck_u8_kernels_of(ck_isa isa) {
    if (!ck_isa_is_available(isa)) return &ck_portable_u8;
    switch (isa) {
#if defined(__x86_64__)
    case CK_ISA_AMX:
    case CK_ISA_AVX512:
        if (features() & HAS_AVX512_VNNI) return features() & HAS_VBMI ? &ck_avx512_vbmi_u8 : &ck_avx512_vnni_u8;
        return &ck_avx2_u8;
    case CK_ISA_AVX2: return features() & HAS_AVX_VNNI ? &ck_avx2_vnni_u8 : &ck_avx2_u8;
    case CK_ISA_AVX2_PLAIN: return &ck_avx2_u8;
#endif
    default: return &ck_portable_u8;
    }
}

const ck_bf16_kernels *ck_bf16_kernels_of(ck_isa isa) {
    if (isa == CK_ISA_AMX_EMULATED && has_emulated_tiles()) return &ck_amx_emulated_bf16;
#if defined(__x86_64__)
    if (isa == CK_ISA_AMX && (features() & HAS_AMX)) return &ck_amx_bf16;
    if (isa == CK_ISA_AVX512 && (features() & HAS_AVX512_BF16)) return &ck_avx512_bf16;
#endif
    return &ck_portable_bf16;
}

const ck_strip_u8_kernels *ck_strip_u8_kernels_of(ck_isa isa) {
#if defined(__x86_64__)
    if (isa == CK_ISA_AMX_EMULATED && has_emulated_tiles() && (features() & HAS_AVX512)) {
        return &ck_amx_emulated_avx512_u8;
    }
    if (isa == CK_ISA_AMX && (features() & HAS_AMX)) return &ck_amx_u8;
#endif
    return isa == CK_ISA_AMX_EMULATED && has_emulated_tiles() ? &ck_amx_emulated_u8 : NULL;
}

int ck_isa_has_bf16(ck_isa isa) {
    if (isa == CK_ISA_AMX) return (features() & HAS_AMX) != 0;
    return isa == CK_ISA_AVX512 && (features() & HAS_AVX512_BF16) != 0;
}

ck_bf16_gain ck_bf16_gain_of(ck_isa isa) {
    if (isa == CK_ISA_AMX_EMULATED && has_emulated_tiles()) return CK_BF16_GAIN_TILES;
    if (isa == CK_ISA_AMX && (features() & HAS_AMX)) return CK_BF16_GAIN_TILES;
#if defined(__x86_64__)
    if (isa == CK_ISA_AVX512 && (features() & HAS_AVX512_BF16)) {
        static _Atomic int cache; /* 1 more than the answer; two threads that measure at once find the same */
        int known = atomic_load_explicit(&cache, memory_order_relaxed);
        if (known == 0) {
            known = 1 + (ck_avx512_bf16_is_fast() ? CK_BF16_GAIN_VECTORS : CK_BF16_GAIN_NONE);
            atomic_store_explicit(&cache, known, memory_order_relaxed);
        }
        return (ck_bf16_gain)(known - 1);
    }
#endif
    return CK_BF16_GAIN_NONE;
}

double ck_measure_peak_f32(ck_isa isa) { return ck_isa_is_available(isa) ? ck_f32_kernels_of(isa)->measure_peak() : 0; }

double ck_measure_peak_bf16(ck_isa isa) {
    (void)isa; /* of use on x86 alone */
#if defined(__x86_64__)
    if (isa == CK_ISA_AMX && (features() & HAS_AMX)) return ck_amx_peak_bf16();
    if (isa == CK_ISA_AVX512 && (features() & HAS_AVX512_BF16)) return ck_avx512_peak_bf16();
#endif
    return 0;
}

double ck_measure_peak_u8(ck_isa isa) {
#if defined(__x86_64__)
    if (isa == CK_ISA_AMX && (features() & HAS_AMX)) return ck_amx_peak_u8();
#endif
    return ck_isa_is_available(isa) ? ck_u8_kernels_of(isa)->measure_peak() : 0;
}
