#include "ccurlshim.h"

#include <dlfcn.h>
#include <stddef.h>

static struct {
    __typeof__(&curl_global_init) global_init;
    __typeof__(&curl_easy_init) init;
    __typeof__(&curl_easy_cleanup) cleanup;
    __typeof__(&curl_easy_perform) perform;
    __typeof__(&curl_easy_strerror) strerror;
    __typeof__(&curl_easy_setopt) setopt;
    __typeof__(&curl_slist_append) append;
    __typeof__(&curl_slist_free_all) free_all;
} curl;

const char *ccurl_open(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        return dlerror();
    }
    const struct {
        const char *name;
        void **function;
    } functions[] = {
        {"curl_global_init", (void **)&curl.global_init}, {"curl_easy_init", (void **)&curl.init},
        {"curl_easy_cleanup", (void **)&curl.cleanup},    {"curl_easy_perform", (void **)&curl.perform},
        {"curl_easy_strerror", (void **)&curl.strerror},  {"curl_easy_setopt", (void **)&curl.setopt},
        {"curl_slist_append", (void **)&curl.append},     {"curl_slist_free_all", (void **)&curl.free_all},
    };
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        *functions[i].function = dlsym(library, functions[i].name);
        if (*functions[i].function == NULL) {
            return dlerror();
        }
    }
    CURLcode code = curl.global_init(CURL_GLOBAL_DEFAULT);
    return code == CURLE_OK ? NULL : curl.strerror(code);
}

CURL *ccurl_begin(void) { return curl.init(); }
void ccurl_end(CURL *handle) { curl.cleanup(handle); }
CURLcode ccurl_perform(CURL *handle) { return curl.perform(handle); }
const char *ccurl_reason(CURLcode code) { return curl.strerror(code); }

CURLcode ccurl_set_number(CURL *handle, CURLoption option, long value) { return curl.setopt(handle, option, value); }
CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl.setopt(handle, option, value);
}
CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) { return curl.setopt(handle, option, value); }
CURLcode ccurl_set_receiver(CURL *handle, CURLoption option, curl_write_callback receiver) {
    return curl.setopt(handle, option, receiver);
}

// By number, since headers and libraries before 7.85 know CURLOPT_PROTOCOLS (181) and CURLOPT_REDIR_PROTOCOLS (182) alone,
// and later headers warn of them.
CURLcode ccurl_allow_https_only(CURL *handle) {
    const struct {
        CURLoption named;
        CURLoption masked;
    } options[] = {{(CURLoption)10318, (CURLoption)181}, {(CURLoption)10319, (CURLoption)182}};
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        CURLcode code = curl.setopt(handle, options[i].named, "https");
        if (code == CURLE_UNKNOWN_OPTION) {
            code = curl.setopt(handle, options[i].masked, (long)CURLPROTO_HTTPS);
        }
        if (code != CURLE_OK) {
            return code;
        }
    }
    return CURLE_OK;
}

struct curl_slist *ccurl_append(struct curl_slist *list, const char *line) { return curl.append(list, line); }
void ccurl_free(struct curl_slist *list) { curl.free_all(list); }
