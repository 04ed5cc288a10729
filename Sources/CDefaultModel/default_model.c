#include "default_model.h"

/* C23's way to take a file in; in C17 clang offers it as an extension. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
static const uint8_t model[] = {
#embed "blood-cells.safetensors"
};
#pragma clang diagnostic pop

const uint8_t *default_model_bytes(void) { return model; }
size_t default_model_size(void) { return sizeof model; }
