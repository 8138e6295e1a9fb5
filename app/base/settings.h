/* settings.h - every setting of the installation, as one table.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A setting comes from its default, then the configuration file (lines of
 * `name = value`, # comments), then the environment (MPANEL_NAME), then the
 * command line (--set name=value).  The table also prints the reference page
 * (`mpanel settings --markdown`, kept in docs/SETTINGS.md and compared by a
 * test).  (Not called config.h: that is autoconf's.)
 */
#ifndef MPANEL_BASE_SETTINGS_H
#define MPANEL_BASE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/error.h"

enum setting_type {
	SETTING_TEXT,
	SETTING_INT,
	SETTING_BOOL,
	SETTING_PATH,
	SETTING_URL,
	SETTING_SECRET, /* never printed; `@/path` reads it from a file */
	SETTING__MAX
};

struct setting {
	const char *name;
	enum setting_type type;
	const char *fallback; /* the default as text, checked by a test */
	int64_t min, max;     /* SETTING_INT */
	const char *help;     /* one sentence */
};

/* The tables of the two programs; ended by a NULL name. */
extern const struct setting mpanel_settings[];
extern const struct setting agent_settings[];

struct settings;
/* Read file (NULL: none) and environment over the defaults.  E_INPUT with a
 * message naming file, line and setting in *complaint (caller's buf). */
enum err settings_load(const struct setting *table, const char *file,
    struct settings **out, struct buf *complaint) MUST_USE;
void settings_free(struct settings **take_s);
/* One override; E_INPUT as above. */
enum err settings_put(struct settings *s, const char *name, const char *value,
    struct buf *complaint) MUST_USE;

/* Asking for a name or type that the table does not have is a bug (assert). */
const char *setting_text(const struct settings *s, const char *name);
int64_t setting_int(const struct settings *s, const char *name);
bool setting_bool(const struct settings *s, const char *name);
/* Where the value came from: "default", "file", "environment", "command". */
const char *setting_source(const struct settings *s, const char *name);
void settings_markdown(const struct setting *table, struct buf *b);

#endif
