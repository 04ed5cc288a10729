#include "ckernels.h"

int ck_isa_is_available(ck_isa isa) { return isa == CK_ISA_PORTABLE; }
