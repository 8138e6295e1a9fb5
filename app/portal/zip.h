/* zip.h - write one archive, entry after entry, with little memory.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * ZIP (PKWARE's APPNOTE), because every desktop opens it.  An entry's size is
 * not known when it begins, so it stands behind its bytes.
 */
#ifndef MPANEL_PORTAL_ZIP_H
#define MPANEL_PORTAL_ZIP_H

#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

struct zip;

/* Into fd, which is empty and stays the caller's.  Heap; E_BUSY. */
enum err zip_open(int fd, struct zip **out) MUST_USE;
/* One more file; a name with folders, UTF-8, relative. */
enum err zip_begin(struct zip *z, const char *name, int64_t at) MUST_USE;
enum err zip_add(struct zip *z, const void *p, size_t n) MUST_USE;
/* All of a file from where it stands. */
enum err zip_add_fd(struct zip *z, int fd) MUST_USE;
/* Write the list of entries.  E_SYS (logged) when any of all this failed. */
enum err zip_end(struct zip *z) MUST_USE;
/* Also without zip_end(), when it is given up; accepts NULL. */
void zip_close(struct zip **take_z);

#endif
