/* speech.h - the languages that pages speak beside English.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_MAIN_SPEECH_H
#define MPANEL_MAIN_SPEECH_H

#include <stdbool.h>
#include "web/serve.h"

/* From templates in dir and dir/lang/xx.po, ended by a NULL language; closed by
 * the caller, also after an error.  reload: as for templates_open(). */
enum err speech_load(const char *dir, bool reload, const struct speech **out,
    struct buf *complaint) MUST_USE;
void speech_close(void);

/* Each text that pages may show: those of the templates in dir, of nouns and
 * verbs, the menu, states and dates. */
typedef void speech_text_fn(void *arg, const char *english);
enum err speech_texts(const char *dir, speech_text_fn *fn, void *arg,
    struct buf *complaint) MUST_USE;

#endif
