/* incoming_head.c - who wrote a mail to whom, and whether that was a machine.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/incoming_parts.h"

#include <string.h>

#include "base/text.h"

/* ---- addresses ---- */

/* In lower case, its domain as DNS has it; NULL: it is none of ours. */
static const char *
address_of(struct arena *a, InternetAddress *ia)
{
	const char *s =
	    internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(ia));

	s = s ? str_lower(a, s) : NULL;
	return s && email_valid(s) ? s : NULL;
}

/* The mailboxes of a list, those of groups, too; of a group within a group the
 * standard knows nothing. */
struct mailboxes {
	InternetAddressList *list;
	int i, k;
};

static InternetAddress *
next_mailbox(struct mailboxes *at)
{
	while (at->list && at->i < internet_address_list_length(at->list)) {
		InternetAddress *ia =
		    internet_address_list_get_address(at->list, at->i);
		InternetAddressList *members;

		if (INTERNET_ADDRESS_IS_MAILBOX(ia)) {
			at->i++;
			return ia;
		}
		members = internet_address_group_get_members(
		    INTERNET_ADDRESS_GROUP(ia));
		if (at->k >= internet_address_list_length(members)) {
			at->i++;
			at->k = 0;
			continue;
		}
		ia = internet_address_list_get_address(members, at->k++);
		if (INTERNET_ADDRESS_IS_MAILBOX(ia))
			return ia;
	}
	return NULL;
}

static void
read_from(struct reading *r, GMimeMessage *m)
{
	struct mailboxes at = {.list = g_mime_message_get_from(m)};
	struct incoming *out = r->out;
	InternetAddress *ia;

	while ((ia = next_mailbox(&at))) {
		const char *address = address_of(r->arena, ia);

		out->n_from++;
		if (!address || out->from[0] != '\0')
			continue;
		out->from = address;
		out->from_name = incoming_line_of(
		    r->arena, internet_address_get_name(ia), INCOMING_NAME_MAX);
	}
	at = (struct mailboxes){.list = g_mime_message_get_reply_to(m)};
	while (out->reply_to[0] == '\0' && (ia = next_mailbox(&at))) {
		const char *address = address_of(r->arena, ia);

		if (address)
			out->reply_to = address;
	}
}

static void
add_recipients(
    struct reading *r, InternetAddressList *list, const char *to[], size_t *n)
{
	struct mailboxes at = {.list = list};
	InternetAddress *ia;

	while (*n < INCOMING_TO_MAX && (ia = next_mailbox(&at))) {
		const char *address = address_of(r->arena, ia);

		if (address)
			to[(*n)++] = address;
	}
}

static void
read_to(struct reading *r, GMimeMessage *m)
{
	static const char *const others[] = {
	    "Delivered-To", "X-Original-To", "Envelope-To"};
	const char **to =
	    arena_array(r->arena, INCOMING_TO_MAX, sizeof(const char *));
	size_t n = 0;

	if (!to)
		return;
	add_recipients(r, g_mime_message_get_to(m), to, &n);
	add_recipients(r, g_mime_message_get_cc(m), to, &n);
	for (size_t i = 0; i < N_ELEMS(others); i++) {
		InternetAddressList *list = internet_address_list_parse(
		    NULL, incoming_header(r, m, others[i]));

		add_recipients(r, list, to, &n);
		if (list)
			g_object_unref(list);
	}
	r->out->to = to;
	r->out->n_to = n;
}

/* ---- which mail it is, and what it answers ---- */

static const char *
bare_id(struct reading *r, const char *id)
{
	const char *s = incoming_line_of(r->arena, id, INCOMING_ID_MAX);
	size_t n = s ? strlen(s) : 0;

	if (n >= 2 && s[0] == '<' && s[n - 1] == '>')
		return arena_strndup(r->arena, s + 1, n - 2);
	return s ? s : "";
}

static void
add_references(
    struct reading *r, const char *value, const char *list[], size_t *n)
{
	GMimeReferences *refs =
	    value ? g_mime_references_parse(NULL, value) : NULL;
	int count = refs ? g_mime_references_length(refs) : 0, i = 0;

	if (count > INCOMING_REFERENCES_MAX / 2)
		i = count - INCOMING_REFERENCES_MAX / 2;
	for (; i < count; i++)
		list[(*n)++] =
		    bare_id(r, g_mime_references_get_message_id(refs, i));
	if (refs)
		g_mime_references_free(refs);
}

static void
read_ids(struct reading *r, GMimeMessage *m)
{
	const char **list = arena_array(
	    r->arena, INCOMING_REFERENCES_MAX, sizeof(const char *));
	GMimeObject *o = GMIME_OBJECT(m);
	size_t n = 0;

	r->out->message_id = bare_id(r, g_mime_message_get_message_id(m));
	if (!list)
		return;
	add_references(r, g_mime_object_get_header(o, "References"), list, &n);
	add_references(r, g_mime_object_get_header(o, "In-Reply-To"), list, &n);
	r->out->references = list;
	r->out->n_references = n;
}

/* ---- machines ---- */

/* clang-format off */
static const struct machine {
	const char *header, *value; /* its first word; NULL: any */
	unsigned sign;
} machines[] = {
	{"Auto-Submitted", "auto-replied", INCOMING_AUTO_REPLY}, /* RFC 3834 */
	{"Auto-Submitted", NULL, INCOMING_AUTO},
	{"X-Autoreply", NULL, INCOMING_AUTO_REPLY},
	{"X-Autorespond", NULL, INCOMING_AUTO_REPLY},
	{"X-Autoresponse", NULL, INCOMING_AUTO_REPLY},
	{"X-Auto-Reply", NULL, INCOMING_AUTO_REPLY},
	{"X-Auto-Response-Suppress", NULL, INCOMING_AUTO},
	{"Precedence", "auto_reply", INCOMING_AUTO_REPLY},
	{"Precedence", "bulk", INCOMING_BULK},
	{"Precedence", "list", INCOMING_BULK},
	{"Precedence", "junk", INCOMING_BULK},
	{"List-Id", NULL, INCOMING_BULK},		/* RFC 2919 */
	{"List-Unsubscribe", NULL, INCOMING_BULK},	/* RFC 2369 */
	{"Feedback-ID", NULL, INCOMING_BULK},
};

/* What answering machines without headers write before the subject. */
static const char *const answers[] = {
	"Automatic reply:", "Automatische Antwort:", "Auto:", "AutoReply:",
	"Out of Office:", "Abwesenheitsnotiz:", "Abwesend:",
	"Réponse automatique", "Respuesta automática", "Risposta automatica",
};
static const char *const daemons[] = {"mailer-daemon@", "postmaster@"};
/* clang-format on */

static bool
is_word(const char *value, const char *word)
{
	size_t n = strlen(word);

	return strncasecmp(value, word, n) == 0 &&
	       (value[n] == '\0' || strchr(" ;\t(", value[n]));
}

static void
look_for_machines(struct reading *r, GMimeMessage *m)
{
	struct incoming *out = r->out;

	for (size_t i = 0; i < N_ELEMS(machines); i++) {
		const struct machine *is = &machines[i];
		const char *value = incoming_header(r, m, is->header);

		if (!value || value[0] == '\0' || is_word(value, "no"))
			continue;
		if (!is->value || is_word(value, is->value))
			out->signs |= is->sign;
	}
	for (size_t i = 0; i < N_ELEMS(answers); i++) {
		if (str_starts(out->subject, answers[i]))
			out->signs |= INCOMING_AUTO;
	}
	for (size_t i = 0; i < N_ELEMS(daemons); i++) {
		if (str_starts(out->from, daemons[i]))
			out->signs |= INCOMING_AUTO;
	}
	out->loop = incoming_header(r, m, INCOMING_LOOP_HEADER);
}

/* ---- the whole ---- */

void
incoming_read_head(struct reading *r, GMimeMessage *m)
{
	struct incoming *out = r->out;
	GDateTime *date = g_mime_message_get_date(m);

	read_from(r, m);
	read_to(r, m);
	read_ids(r, m);
	out->subject = incoming_line_of(
	    r->arena, g_mime_message_get_subject(m), INCOMING_SUBJECT_MAX);
	out->date = date ? g_date_time_to_unix(date) : 0;
	if (out->subject)
		look_for_machines(r, m);
}
