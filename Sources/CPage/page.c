#include "page.h"

/* C23's way to take a file in; in C17 clang offers it as an extension. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
static const uint8_t document[] = {
#embed "index.html"
};
static const uint8_t style[] = {
#embed "page.css"
};
static const uint8_t script[] = {
#embed "page.js"
};
static const uint8_t icon[] = {
#embed "icon.svg"
};
static const uint8_t sample[] = {
#embed "sample.jpg"
};
#pragma clang diagnostic pop

page_file page_document(void) { return (page_file){document, sizeof document}; }
page_file page_style(void) { return (page_file){style, sizeof style}; }
page_file page_script(void) { return (page_file){script, sizeof script}; }
page_file page_icon(void) { return (page_file){icon, sizeof icon}; }
page_file page_sample(void) { return (page_file){sample, sizeof sample}; }
