/* certificate.c - how long the certificate behind an address is valid.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "outside/certificate.h"

#include <curl/curl.h>
#include <string.h>

#include "base/text.h"

#define ENDS "Expire date:"

/* libcurl has made it a text like "Nov 29 08:00:00 2027 GMT"; -1: it can't be
 * read. */
static int64_t
end_of(const struct curl_slist *certificate)
{
	for (; certificate; certificate = certificate->next)
		if (str_starts(certificate->data, ENDS))
			return (int64_t)curl_getdate(
			    certificate->data + strlen(ENDS), NULL);
	return -1;
}

static CURLcode
shake_hands(CURL *c, const char *url, int timeout_ms)
{
	CURLcode code = curl_easy_setopt(c, CURLOPT_URL, url);

	if (code == CURLE_OK)
		code = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
	if (code == CURLE_OK)
		code = curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(c, CURLOPT_CERTINFO, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	if (code == CURLE_OK)
		code = curl_easy_setopt(c, CURLOPT_PROXY, "");
	if (code == CURLE_OK)
		code =
		    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	return code == CURLE_OK ? curl_easy_perform(c) : code;
}

enum err
certificate_ends(const char *url, int timeout_ms, int64_t *ends_at_out)
{
	struct curl_certinfo *info = NULL;
	CURL *c;
	int64_t ends = -1;

	if (!str_starts(url, "https://"))
		return E_INPUT;
	if (!(c = curl_easy_init()))
		return E_BUSY;
	if (shake_hands(c, url, timeout_ms) == CURLE_OK &&
	    curl_easy_getinfo(c, CURLINFO_CERTINFO, &info) == CURLE_OK &&
	    info && info->num_of_certs > 0)
		ends = end_of(info->certinfo[0]);
	curl_easy_cleanup(c);
	if (ends < 0)
		return E_REMOTE;
	*ends_at_out = ends;
	return OK;
}
