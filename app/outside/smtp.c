/* smtp.c - hand one letter to a mail server with libcurl.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "outside/smtp.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define TIMEOUT_MS	   60000
#define CONNECT_TIMEOUT_MS 10000
#define ANSWER_MAX	   400
#define COMMAND_MAX	   9 /* "STARTTLS" */

/* One conversation, as the callbacks see it. */
struct talk {
	const struct smtp_letter *letter;
	size_t sent;
	bool is_begun; /* begin() agreed: from here on it may be taken */
	enum err begun;
	bool is_leaving;	   /* QUIT: what comes now is about nothing */
	char command[COMMAND_MAX]; /* the last one of ours */
	char answer[ANSWER_MAX];   /* the last line of theirs */
	char error[CURL_ERROR_SIZE];
};

/* ---- callbacks ---- */

/* libcurl asks for the text when the server has said 354. */
static size_t
give_text(char *to, size_t size, size_t n, void *user)
{
	struct talk *t = user;
	const struct smtp_letter *l = t->letter;

	if (!t->is_begun) {
		t->begun = l->begin ? l->begin(l->arg) : OK;
		if (t->begun != OK)
			return CURL_READFUNC_ABORT;
		t->is_begun = true;
	}
	n *= size;
	if (n > l->len - t->sent)
		n = l->len - t->sent;
	memcpy(to, l->text + t->sent, n);
	t->sent += n;
	return n;
}

/* What has been begun is waited for: the answer to it is worth more. */
static int
look_up(void *user, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
    curl_off_t up)
{
	const struct talk *t = user;
	const struct smtp_letter *l = t->letter;

	(void)down_all;
	(void)down;
	(void)up_all;
	(void)up;
	return !t->is_begun && l->gives_up && l->gives_up(l->arg);
}

/* A line of the server, kept as what can be shown and stored. */
static size_t
take_answer(char *p, size_t size, size_t n, void *user)
{
	struct talk *t = user;
	size_t kept = 0;

	n *= size;
	if (t->is_leaving)
		return n;
	for (size_t i = 0; i < n && kept < ANSWER_MAX - 1; i++) {
		if (p[i] >= ' ' && p[i] <= '~')
			t->answer[kept++] = p[i];
		else if (p[i] != '\r' && p[i] != '\n')
			t->answer[kept++] = '?';
	}
	t->answer[kept] = '\0';
	return n;
}

/* Which command of ours an answer belongs to; nothing else is looked at, for
 * what follows the word may be a password. */
static int
see_command(CURL *curl, curl_infotype type, char *p, size_t n, void *user)
{
	struct talk *t = user;
	size_t i;

	(void)curl;
	if (type != CURLINFO_HEADER_OUT)
		return 0;
	if (n >= 4 && memcmp(p, "QUIT", 4) == 0) {
		t->is_leaving = true;
		return 0;
	}
	for (i = 0; i < n && i < COMMAND_MAX - 1 && p[i] >= 'A' && p[i] <= 'Z';
	     i++)
		t->command[i] = p[i];
	t->command[i] = '\0';
	return 0;
}

/* ---- setting up ---- */

static bool
is_one_word(const char *s)
{
	for (; *s; s++) {
		if (*s <= ' ' || *s == 0x7f)
			return false;
	}
	return true;
}

static bool
is_sendable(const struct smtp_server *s, const struct smtp_letter *l)
{
	return (str_starts(s->url, "smtp://") ||
		   str_starts(s->url, "smtps://")) &&
	       is_one_word(s->url) && domain_valid(s->helo) &&
	       email_valid(l->from) && email_valid(l->to);
}

/* The path of the URL is what we call ourselves. */
static const char *
url_of(struct arena *a, const struct smtp_server *s)
{
	size_t n = strlen(s->url);

	while (n > 0 && s->url[n - 1] == '/')
		n--;
	return arena_printf(a, "%.*s/%s", (int)n, s->url, s->helo);
}

static void
set_limits(CURL *curl, const struct smtp_server *s)
{
	int ms = s->timeout_ms ? s->timeout_ms : TIMEOUT_MS;

	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(ms < CONNECT_TIMEOUT_MS ? ms : CONNECT_TIMEOUT_MS));
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(curl, CURLOPT_USE_SSL,
	    (long)(s->needs_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	if (s->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, s->ca_file);
}

static void
set_letter(CURL *curl, struct talk *t, struct curl_slist *to)
{
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, t->letter->from);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(
	    curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->letter->len);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_text);
	curl_easy_setopt(curl, CURLOPT_READDATA, t);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_answer);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_up);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, see_command);
	curl_easy_setopt(curl, CURLOPT_DEBUGDATA, t);
	curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L); /* feeds see_command() */
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->error);
}

/* ---- what it comes to ---- */

/* A lasting refusal of this sender, recipient or text.  One of our name, our
 * password or our lack of TLS is mended by settings, not by giving up. */
static bool
is_about_letter(const struct talk *t)
{
	return t->is_begun || str_eq(t->command, "MAIL") ||
	       str_eq(t->command, "RCPT") || str_eq(t->command, "DATA");
}

static bool
is_about_us(int code)
{
	/* RFC 4954 section 6, RFC 3207 */
	return code == 530 || code == 534 || code == 535 || code == 538;
}

static enum smtp_fate
fate_of(const struct talk *t, CURLcode result, int code)
{
	if (t->is_begun && code == 354)
		return SMTP_MAYBE;
	if (t->is_begun && code >= 200 && code < 300)
		return SMTP_SENT;
	if (code >= 500 && is_about_letter(t) && !is_about_us(code))
		return SMTP_REFUSED;
	if (t->is_begun && (code < 400 || result == CURLE_OK))
		return SMTP_MAYBE;
	return SMTP_LATER;
}

static const char *
answer_of(
    struct arena *a, const struct talk *t, CURLcode result, enum smtp_fate fate)
{
	const char *why =
	    t->error[0] != '\0' ? t->error : curl_easy_strerror(result);

	if (t->begun != OK ||
	    (result == CURLE_ABORTED_BY_CALLBACK && !t->is_begun))
		return "stopped before the text";
	if (fate == SMTP_SENT || result == CURLE_OK)
		return arena_strdup(a, t->answer);
	if (fate == SMTP_MAYBE)
		return arena_printf(a, "no answer came to the text: %s", why);
	return arena_strdup(a, t->answer[0] >= '4' ? t->answer : why);
}

static void
log_outcome(const struct smtp_outcome *o, int64_t began_us)
{
	static const char *const words[SMTP__MAX] = {
	    [SMTP_SENT] = "sent",
	    [SMTP_REFUSED] = "refused",
	    [SMTP_LATER] = "later",
	    [SMTP_MAYBE] = "maybe_sent",
	};

	log_event(o->fate == SMTP_SENT ? LOG_INFO : LOG_WARN, "smtp",
	    LOG_S("fate", words[o->fate]), LOG_I("code", o->code),
	    LOG_S("answer", o->answer),
	    LOG_I("took_ms", (clock_mono_us() - began_us) / 1000));
}

static enum err
perform(struct arena *a, CURL *curl, struct talk *t, struct smtp_outcome *out)
{
	int64_t began_us = clock_mono_us();
	CURLcode result = curl_easy_perform(curl);
	long code = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	*out = (struct smtp_outcome){
	    .fate = fate_of(t, result, (int)code),
	    .code = (int)code,
	    .begun = t->begun,
	};
	out->answer = answer_of(a, t, result, out->fate);
	/* what was done is known, whatever memory says */
	if (!out->answer)
		out->answer = "";
	log_outcome(out, began_us);
	return OK;
}

static enum err
talk(struct arena *a, CURL *curl, const struct smtp_server *s,
    const struct smtp_letter *l, struct smtp_outcome *out)
{
	struct talk t = {.letter = l};
	struct curl_slist *to = curl_slist_append(NULL, l->to);
	const char *url = url_of(a, s);
	enum err e = E_BUSY;

	if (to && url) {
		curl_easy_setopt(curl, CURLOPT_URL, url);
		set_limits(curl, s);
		set_letter(curl, &t, to);
		e = perform(a, curl, &t, out);
	}
	curl_slist_free_all(to);
	return e;
}

enum err
smtp_send(struct arena *a, const struct smtp_server *s,
    const struct smtp_letter *l, struct smtp_outcome *out)
{
	CURL *curl;
	enum err e;

	if (!is_sendable(s, l))
		return E_INPUT;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return E_BUSY;
	curl = curl_easy_init();
	e = curl ? talk(a, curl, s, l, out) : E_BUSY;
	curl_easy_cleanup(curl);
	curl_global_cleanup();
	return e;
}
