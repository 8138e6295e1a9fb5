/* ticket_export.h - what customers take with them of their questions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Rows of exporters[] (portal/export.h): questions, what was said, files and
 * ratings; no note of the staff's, and nobody of the staff by name.
 */
#ifndef MPANEL_SUPPORT_TICKET_EXPORT_H
#define MPANEL_SUPPORT_TICKET_EXPORT_H

#include "portal/export.h"

extern const struct noun export_tickets_noun, export_messages_noun,
    export_attachments_noun, export_ratings_noun;

/* The one file of an attachment; one that is lost leaves a text that says so.
 */
enum err export_attachment_file(struct tx *tx, const struct export_place *at,
    const struct id *row, int i, struct export_file *out) MUST_USE;

#endif
