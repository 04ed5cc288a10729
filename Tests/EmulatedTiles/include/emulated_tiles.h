/* AMX's tiles in C, for tests: linking them makes CK_ISA_AMX_EMULATED available. There is nothing to call. */
#ifndef EMULATED_TILES_H
#define EMULATED_TILES_H

#include "ckernels.h"

#endif
