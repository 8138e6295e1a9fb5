/* write.h - rows of a described noun made, changed and taken away.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Values are collected first, each from a text by its field; then one statement
 * writes them, and the audit log gets what is another than before.  Removing
 * sets deleted_at.  Every statement carries the tenant.
 *
 *	struct values v;
 *
 *	e = values_of(&v, tx, &tax_rules_noun, &id);
 *	good &= values_take(&v, "name", text);
 *	if (e == OK && good && values_end(&v))
 *		e = noun_change(&v);
 */
#ifndef MPANEL_RESOURCE_WRITE_H
#define MPANEL_RESOURCE_WRITE_H

#include <stdint.h>
#include "resource/noun.h"

#define NOUN_FIELDS_MAX 64

struct values {
	const struct noun *noun;
	struct tx *tx;
	enum noun_op op;
	const char *currency; /* of money: a FIELD_CURRENCY is taken first */
	int64_t version;      /* that was seen; 0: whatever is there */
	uint64_t given;	      /* a bit for each field that is written */
	/* Of a change: the row as it is, which is held (so is one that is to be
	 * removed, of which only the id is known). */
	struct id id;
	int64_t version_now;
	struct db_val was[NOUN_FIELDS_MAX];
	struct db_val val[NOUN_FIELDS_MAX];
};

/* For a new one, whose money is in this currency; and for changes of one, which
 * is locked (E_NOTFOUND). */
void values_new(struct values *v, struct tx *tx, const struct noun *n,
    const char *currency);
enum err values_of(struct values *v, struct tx *tx, const struct noun *n,
    const struct id *id) MUST_USE;
/* The field may be written by this operation. */
bool field_is_written(const struct field *f, enum noun_op op);
bool values_may(const struct values *v, const struct field *f);
/* False with a problem: there is no such field, it is not written so, or the
 * text is no value of it. */
bool values_take(struct values *v, const char *api, const char *text);
/* Field i is written. */
bool values_has(const struct values *v, size_t i);
/* Set by the program itself: defaults, what follows from others. */
void values_set(struct values *v, const char *api, struct db_val val);
/* What a field will hold: a new value, or the one that is there.  False where
 * nobody has given a new row one: the database puts its default there. */
bool values_will(const struct values *v, const char *api, struct db_val *out);
/* What is required and was not given is a problem. */
bool values_end(struct values *v);

/* E_INPUT with problems; E_CONFLICT with a problem: there is one like it. */
enum err noun_add(struct values *v, struct id *out) MUST_USE;
/* As well E_CONFLICT `stale_version`: somebody else was faster.  What is as it
 * was is not written. */
enum err noun_change(struct values *v) MUST_USE;
/* Its parts, for what is kept otherwise than as a row of a table: forget what
 * is as it was, and refuse what can't be; then note what is left. */
enum err values_judge(struct values *v) MUST_USE;
enum err values_note(const struct values *v) MUST_USE;
/* version 0: whatever is there.  E_CONFLICT with problems: it is still needed,
 * or (`stale_version`) has changed. */
enum err noun_remove(struct tx *tx, const struct noun *n, const struct id *id,
    int64_t version) MUST_USE;

/* Notes in the audit log that `verb` ("add") was done to a row; detail_json may
 * be NULL.  The log is a room to the right of this one: main/ says where. */
typedef enum err noun_auditor(struct tx *tx, const struct noun *n,
    const char *verb, const struct id *id, const char *detail_json);
extern noun_auditor *const noun_note;
/* Who changed a row last, and when, as the log has it; NULL and 0 where it has
 * nothing of it. */
typedef enum err noun_witness(struct tx *tx, const struct noun *n,
    const struct id *id, const char **who_out, int64_t *at_out);
extern noun_witness *const noun_changed_by; /* NULL: nobody can tell */

#endif
