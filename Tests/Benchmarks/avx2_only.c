// Makes a process believe that its processor stops at AVX2, so that libraries without a switch of their own can be
// compared there:
//
//     cc -O2 -shared -fPIC -o avx2_only.so avx2_only.c && LD_PRELOAD=./avx2_only.so program
//
// CPUID is made to fault (arch_prctl(2), ARCH_SET_CPUID; processors from Ivy Bridge on), and the fault's handler answers
// with the real registers less every bit of AVX-512, AMX and AVX-VNNI. Threads inherit the setting. Where the kernel or
// the processor refuses, the process ends, since figures without the cap would be called what they are not.
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#if !defined(__x86_64__)
#error "for x86-64 only"
#endif

enum { ARCH_SET_CPUID = 0x1012 };

static long set_cpuid(long allowed) { return syscall(SYS_arch_prctl, ARCH_SET_CPUID, allowed); }

/// Intel SDM volume 2A, CPUID, leaf 7.
static void mask(uint32_t leaf, uint32_t subleaf, uint32_t *eax, uint32_t *ebx, uint32_t *ecx, uint32_t *edx) {
    if (leaf == 0x1d || leaf == 0x1e) *eax = *ebx = *ecx = *edx = 0; // tiles
    if (leaf != 7) return;
    if (subleaf == 0) {
        // F, DQ, IFMA, PF, ER, CD, BW, VL
        *ebx &= ~(1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31);
        // VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ
        *ecx &= ~(1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14);
        // 4VNNIW, 4FMAPS, VP2INTERSECT, AMX-BF16, AVX512-FP16, AMX-TILE, AMX-INT8
        *edx &= ~(1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25);
    } else if (subleaf == 1) {
        *eax &= ~(1u << 4 | 1u << 5 | 1u << 21 | 1u << 23); // AVX-VNNI, AVX512-BF16, AMX-FP16, AVX-IFMA
        *edx &= ~(
            1u << 4 | 1u << 5 | 1u << 8 | 1u << 10 | 1u << 19); // AVX-VNNI-INT8, NE-CONVERT, AMX-COMPLEX, INT16, AVX10
    }
}

static void answer(int signal_number, siginfo_t *information, void *context) {
    (void)information;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const uint8_t *instruction = (const uint8_t *)registers[REG_RIP];
    if (instruction[0] != 0x0f || instruction[1] != 0xa2) {
        signal(signal_number, SIG_DFL); // A fault of its own: it comes again, and ends the process.
        return;
    }
    uint32_t leaf = (uint32_t)registers[REG_RAX], subleaf = (uint32_t)registers[REG_RCX], eax, ebx, ecx, edx;
    set_cpuid(1);
    __cpuid_count(leaf, subleaf, eax, ebx, ecx, edx);
    set_cpuid(0);
    mask(leaf, subleaf, &eax, &ebx, &ecx, &edx);
    registers[REG_RAX] = eax, registers[REG_RBX] = ebx, registers[REG_RCX] = ecx, registers[REG_RDX] = edx;
    registers[REG_RIP] += 2;
}

__attribute__((constructor)) static void hold(void) {
    struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    if (sigaction(SIGSEGV, &action, NULL) != 0 || set_cpuid(0) != 0) {
        static const char message[] = "avx2_only: this machine cannot hide what its processor has\n";
        ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
        (void)ignored;
        _exit(2);
    }
}
