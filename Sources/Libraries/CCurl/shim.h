// libcurl's names alone: it is opened when something is fetched (see CCurlShim), so that nothing else waits for it.
#pragma once
#include <curl/curl.h>
