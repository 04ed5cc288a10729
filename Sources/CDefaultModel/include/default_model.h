/* The detector that is served when no other is named: a file in multibox's safetensors form, part of the program. */
#ifndef DEFAULT_MODEL_H
#define DEFAULT_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* Its bytes and how many they are, none where no model is built in. MODEL_CARD.md says what it detects and how it was made. */
const uint8_t *default_model_bytes(void);
size_t default_model_size(void);

#endif
