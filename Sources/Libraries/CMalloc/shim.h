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

/* Has the system asked for each piece of at least so many bytes, which goes back to it when it is freed. The C library would
 * raise its own bound to the size of the largest piece that was ever freed. */
static inline void cmalloc_map_from(int bytes) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, bytes);
#else
    (void)bytes;
#endif
}

#endif
