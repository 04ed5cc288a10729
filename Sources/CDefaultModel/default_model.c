#include "default_model.h"

#ifdef MULTIBOX_NO_DEFAULT_MODEL

const uint8_t *default_model_bytes(void) { return NULL; }
size_t default_model_size(void) { return 0; }

#else

#ifndef MULTIBOX_DEFAULT_MODEL
#define MULTIBOX_DEFAULT_MODEL "everyday.safetensors"
#endif

/* C23's way to take a file in; in C17 clang offers it as an extension. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
static const uint8_t model[] = {
#embed MULTIBOX_DEFAULT_MODEL
};
#pragma clang diagnostic pop

const uint8_t *default_model_bytes(void) { return model; }
size_t default_model_size(void) { return sizeof model; }

#endif
