#ifndef CCURLSHIM_H
#define CCURLSHIM_H

#include <curl/curl.h>

/// libcurl, opened when it is asked for rather than linked: it brings two dozen libraries with it, for which `serve` would
/// wait at every start and pay in memory, and which it has no use for. Its name and functions have been stable since 2006.
/// The functions of a variable number of arguments, which Swift does not call, have one for each kind of value.

/// Opens libcurl and prepares it; NULL, or why it cannot be. Not to be called on two threads at once, nor any of the
/// others before it has returned NULL.
const char *ccurl_open(void);

CURL *ccurl_begin(void);
void ccurl_end(CURL *handle);
CURLcode ccurl_perform(CURL *handle);
const char *ccurl_reason(CURLcode code);

CURLcode ccurl_set_number(CURL *handle, CURLoption option, long value);
/// The text is copied.
CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode ccurl_set_receiver(CURL *handle, CURLoption option, curl_write_callback receiver);
/// https alone, for the address that is named and for those that it redirects to.
CURLcode ccurl_allow_https_only(CURL *handle);

/// Adds a line to a list; NULL if there is no memory, with the list as it was.
struct curl_slist *ccurl_append(struct curl_slist *list, const char *line);
void ccurl_free(struct curl_slist *list);

#endif
