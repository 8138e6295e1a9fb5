/* clock.h - the one source of time, which tests and dry runs can move.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Instants are int64 UTC seconds; calendar dates are `YYYY-MM-DD` text.  The
 * calendar has the years 1 to 9999; what lies outside is clipped when written
 * and refused when read.  A date given to date_add_*() and date_diff_days()
 * must be valid (assert).
 */
#ifndef MPANEL_BASE_CLOCK_H
#define MPANEL_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Business time: what is written into rows. */
int64_t clock_now(void);
int64_t clock_now_ms(void);
/* Freeze business time at t (tests, --now), or shift it (clock_offset_s). */
void clock_freeze(int64_t t);
void clock_shift(int64_t offset_s);
/* Real time again, neither frozen nor shifted. */
void clock_thaw(void);
/* Never moves back, not business time: time-outs and measurements. */
int64_t clock_mono_us(void);

/* `2026-11-20T18:02:03Z`; buffer of 21. */
void time_iso(int64_t t, char out[static 21]);
/* Accepts that form, an offset (+01:00), fractions (dropped), or a bare date
 * (midnight UTC). */
bool time_parse(const char *s, int64_t *out);
/* `2026-11-20`; buffer of 11. */
void date_iso(int64_t t, char out[static 11]);
/* Whole-string valid calendar date. */
bool date_valid(const char *s);
/* date plus months, day kept or clipped to the month's last day; `anchor_day`
 * (1..31, 0 = the date's own) lets 31 Jan -> 28 Feb -> 31 Mar. */
void date_add_months(
    const char *date, int months, int anchor_day, char out[static 11]);
void date_add_days(const char *date, int days, char out[static 11]);
/* Days from one date to the other, negative when `to` is earlier. */
int date_diff_days(const char *from, const char *to);

#endif
