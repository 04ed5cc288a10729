/* The page that the service shows at its root: plain files, part of the program. */
#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of a file. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
} page_file;

/* The document, its style, its script, its icon. */
page_file page_document(void);
page_file page_style(void);
page_file page_script(void);
page_file page_icon(void);
/* A photo of what the default model finds, for who has none at hand. */
page_file page_sample(void);

#endif
