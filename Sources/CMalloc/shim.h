#ifndef CMALLOC_SHIM_H
#define CMALLOC_SHIM_H

/* Swift's Glibc module leaves <malloc.h> out. */
#include <malloc.h>

/* Gives the pages of freed memory back to the system, where the allocator keeps any. */
static inline void cmalloc_trim(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

/* How many heaps threads may have between them. */
static inline void cmalloc_limit_arenas(int count) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, count);
#else
    (void)count;
#endif
}

#endif
