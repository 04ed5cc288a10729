#ifndef CTHREADS_SHIM_H
#define CTHREADS_SHIM_H

/* What Swift's modules have no name for. */

/* What a thread does between two looks at a variable that another will change soon. */
static inline void cthreads_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

#if defined(__linux__)
/* pthread_self and pthread_setname_np, the latter hidden behind _GNU_SOURCE, with types of their own. */
extern unsigned long cthreads_self(void) __asm__("pthread_self");
extern int cthreads_set_name(unsigned long thread, const char *name) __asm__("pthread_setname_np");
/* Names the calling thread for debuggers and `top`; what is longer than 15 bytes is refused. */
static inline void cthreads_name(const char *name) { (void)cthreads_set_name(cthreads_self(), name); }
#else
static inline void cthreads_name(const char *name) { (void)name; }
#endif

#endif
