/* schema_version.h - the version of the schema that this program needs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Apart from store.h, which everybody includes: a new step of db/ makes few
 * files anew.
 */
#ifndef MPANEL_STORE_SCHEMA_VERSION_H
#define MPANEL_STORE_SCHEMA_VERSION_H

#define DB_SCHEMA_VERSION 36

#endif
