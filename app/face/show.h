/* show.h - values as pages show them: money, times, counts, states.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * show_*() give text in the arena, put_*() set a member of a view.  Times are
 * UTC, and shown as the reader's clock and calendar have them (base/reader.h);
 * days are days.  Text is never NULL: "" when memory is refused, and the gate
 * answers 503.  The shapes are those of templates/README.md.
 */
#ifndef MPANEL_FACE_SHOW_H
#define MPANEL_FACE_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "template/view.h"

/* `$1,204.36`, `−€12.00`. */
const char *show_money(struct arena *a, int64_t minor, const char *currency);
/* The same in English, for what is kept and others read. */
const char *show_money_kept(
    struct arena *a, int64_t minor, const char *currency);
/* `1,284`. */
const char *show_count(struct arena *a, int64_t n);
/* A counted list: `4,117`, or `10,000+` where counting stopped. */
const char *show_capped(struct arena *a, int64_t n);
/* `12 s`, `18 min`, `2 h`, `3 days`. */
const char *show_span(struct arena *a, int64_t seconds);
/* Decimal: `42.3 GB`. */
const char *show_bytes(struct arena *a, int64_t n);
/* part of whole, 0..1000; 0 when there is no whole. */
int per_mille(int64_t part, int64_t whole);
/* `1 order`, `3 orders`. */
const char *show_plural(
    struct arena *a, int64_t n, const char *one, const char *many);
/* `Friday 20 November 2026`. */
const char *show_day(struct arena *a, int64_t t);
/* `20 November 2026`. */
const char *show_long_date(struct arena *a, int64_t t);
/* `16:32`. */
const char *show_clock(struct arena *a, int64_t t);
/* The UTC day of a moment: this year `12 Nov`, else `14 Mar 2027`. */
const char *show_date(struct arena *a, int64_t day, int64_t now);
/* Today `16:32`, this year `12 Nov`, else `14 Mar 2027`. */
const char *show_time(struct arena *a, int64_t t, int64_t now);

/* JSON with one member a line; what is no JSON comes out too.  masks: values
 * whose names speak of passwords, secrets or tokens are hidden. */
const char *show_json(struct arena *a, const char *text, bool masks);

/* {iso, text}; a time of 0 (or date NULL) sets nothing. */
void put_time(struct view *obj, const char *name, int64_t t, int64_t now);
/* The same with the minute on other days: `12 Nov, 08:00`. */
void put_moment(struct view *obj, const char *name, int64_t t, int64_t now);
/* Under an hour ago in words: `12 s ago`. */
void put_ago(struct view *obj, const char *name, int64_t t, int64_t now);
/* A calendar date, `YYYY-MM-DD`. */
void put_date(
    struct view *obj, const char *name, const char *date, int64_t now);

void put_money(
    struct view *obj, const char *name, int64_t minor, const char *currency);
/* The badge of a state's word ("past_due"), as `badge`. */
void put_badge(struct view *obj, const char *state);
/* What the badge says: "Past due". */
const char *badge_word(const char *state);

/* Words and patterns that are used here, for who translates. */
void show_texts(void (*fn)(void *arg, const char *text), void *arg);

#endif
