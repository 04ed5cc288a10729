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

#endif
