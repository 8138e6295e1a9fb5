/* measure.c - what each site uses: bytes sent by day, and the disk.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The traffic of all sites comes first: it is one file (traffic.h).  Then the
 * sites whose disk was looked at longest ago, one after the other; each is told
 * as soon as it is known, so that a huge one holds up nobody's figures, and
 * what there is no time for comes first the next time.
 */
#include "config.h"
#include "agent/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"
#include "agent/disk_usage.h"
#include "agent/server_conf.h"
#include "agent/site.h"
#include "agent/traffic.h"

#define DAY_S	    INT64_C(86400)
#define DISKS	    TRAFFIC_DIR "/disk.json"
#define DISKS_MAX   (16 * 1024 * 1024)
#define PASS_MAX_US (INT64_C(1800) * 1000 * 1000)
#define STORE_EACH  20 /* sites */

struct disk {
	const char *id;
	struct disk_usage usage;
	int64_t at; /* 0: never */
	bool is_known, is_told;
};

struct measure {
	struct job *job;
	bool afresh; /* tell all that is known: the puller has forgotten */
	struct traffic traffic;
	struct disk *disk;
	size_t n;
};

/* ---- what is known of the disks ---- */

static struct disk *
disk_of(const struct measure *m, const char *id)
{
	for (size_t low = 0, high = m->n; low < high;) {
		size_t mid = (low + high) / 2;
		int order = strcmp(m->disk[mid].id, id);

		if (order == 0)
			return &m->disk[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void
read_disk(struct disk *d, const json_t *v)
{
	d->at = json_integer_value(json_object_get(v, "at"));
	d->is_known = json_is_integer(json_object_get(v, "bytes"));
	d->usage.bytes = json_integer_value(json_object_get(v, "bytes"));
	d->usage.files = json_integer_value(json_object_get(v, "files"));
	d->is_told = json_is_true(json_object_get(v, "told"));
}

/* A disk for each site that is here.  A file that is damaged costs one look at
 * each. */
static enum err
load_disks(struct measure *m)
{
	struct arena *a = m->job->arena;
	int root = m->job->node->root_fd;
	struct name_list ids = {0};
	struct problems problems;
	const char *text = NULL;
	json_t *known = NULL;
	size_t len = 0;
	enum err e = beneath_list(a, root, "sites", "", &ids);

	if (e != OK)
		return e;
	m->disk = arena_array(a, ids.n + 1, sizeof(*m->disk));
	if (m->disk == NULL)
		return E_LIMIT;
	problems_init(&problems, a);
	e = beneath_read(a, root, DISKS, DISKS_MAX, &text, &len);
	if (e == OK && json_parse(text, len, &problems, &known) != OK)
		log_event(LOG_ERROR, "disks_damaged", LOG_S("path", DISKS));
	for (size_t i = 0; i < ids.n; i++) {
		if (!id_valid(ids.name[i]))
			continue;
		m->disk[m->n] = (struct disk){.id = ids.name[i]};
		read_disk(
		    &m->disk[m->n++], json_object_get(known, ids.name[i]));
	}
	json_decref(known);
	return e == E_NOTFOUND ? OK : e;
}

static enum err
store_disks(const struct measure *m)
{
	struct json_out w;
	struct buf b;
	enum err e;

	buf_init(&b, DISKS_MAX);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	for (size_t i = 0; i < m->n; i++) {
		const struct disk *d = &m->disk[i];

		if (d->at == 0)
			continue;
		json_open(&w, d->id, '{');
		json_int(&w, "at", d->at);
		if (d->is_known) {
			json_int(&w, "bytes", d->usage.bytes);
			json_int(&w, "files", d->usage.files);
		}
		json_bool(&w, "told", d->is_told);
		json_close(&w, '}');
	}
	json_close(&w, '}');
	e = buf_failed(&b) ? E_LIMIT
			   : beneath_write(m->job->node->root_fd, DISKS, b.data,
				 b.len, 0600);
	buf_fini(&b);
	return e;
}

/* ---- telling the puller ---- */

/* One site and day; disk NULL: it is not known of that day. */
static void
tell_day(
    struct measure *m, const char *id, struct traffic_day *d, struct disk *disk)
{
	struct json_out w;
	struct buf b;
	char date[11];

	date_iso(d->day * DAY_S, date);
	buf_init(&b, 1024);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "siteId", id);
	json_str(&w, "day", date);
	json_int(&w, "sentBytes", d->sent);
	if (disk != NULL && disk->is_known) {
		json_int(&w, "diskBytes", disk->usage.bytes);
		json_int(&w, "files", disk->usage.files);
	}
	json_close(&w, '}');
	if (!buf_failed(&b))
		job_note(m->job, buf_str(&b));
	buf_fini(&b);
	if (m->job->out_fd < 0)
		return; /* nobody has heard it */
	d->told = d->sent;
	if (disk != NULL)
		disk->is_told = true;
}

/* What has changed since it was told, of one site. */
static void
tell_site(struct measure *m, struct traffic_site *s, struct disk *disk)
{
	int64_t today = traffic_today();

	for (int i = 0; i < s->n; i++) {
		struct traffic_day *d = &s->day[i];
		struct disk *now = d->day == today ? disk : NULL;

		if (m->afresh || d->told != d->sent ||
		    (now != NULL && now->is_known && !now->is_told))
			tell_day(m, s->id, d, now);
	}
}

/* A site of this node has a row of today, whether anybody visits it or not. */
static enum err
tell_all(struct measure *m)
{
	struct traffic *t = &m->traffic;

	for (size_t i = 0; i < m->n; i++) {
		struct traffic_site *s = traffic_site(t, m->disk[i].id);

		if (s == NULL)
			return E_LIMIT;
		(void)traffic_day(t, s, traffic_today());
	}
	for (size_t i = 0; i < t->n_sites; i++)
		tell_site(m, &t->site[i], disk_of(m, t->site[i].id));
	return traffic_store(t);
}

/* ---- looking at disks ---- */

static void
look(struct measure *m, struct disk *d)
{
	struct arena *a = m->job->arena;
	const char *dirs[] = {
	    site_path(a, d->id, "www"), site_path(a, d->id, "tmp")};
	struct traffic_site *s = traffic_site(&m->traffic, d->id);
	enum err e = dirs[0] == NULL || dirs[1] == NULL || s == NULL
			 ? E_LIMIT
			 : disk_usage_measure(m->job->node->root_fd, dirs,
			       N_ELEMS(dirs), &d->usage);

	d->at = clock_now();
	d->is_known = e == OK;
	d->is_told = false;
	if (e == OK)
		tell_site(m, s, d);
	else
		log_event(LOG_WARN, "disk_unknown", LOG_S("site", d->id),
		    LOG_S("why", err_info(e)->title));
}

static int
by_age(const void *a, const void *b)
{
	const struct disk *x = *(struct disk *const *)a,
			  *y = *(struct disk *const *)b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static enum err
look_at_disks(struct measure *m)
{
	int64_t every =
	    setting_int(m->job->node->settings, "measure_disk_seconds");
	int64_t until_us = clock_mono_us() + PASS_MAX_US;
	struct disk **due = arena_array(m->job->arena, m->n + 1, sizeof(*due));
	size_t n = 0;
	enum err e = OK;

	if (due == NULL)
		return E_LIMIT;
	for (size_t i = 0; i < m->n; i++) {
		/* a time to come was a clock that was wrong */
		if (m->disk[i].at + every <= clock_now() ||
		    m->disk[i].at > clock_now())
			due[n++] = &m->disk[i];
	}
	qsort(due, n, sizeof(struct disk *), by_age);
	for (size_t i = 0; e == OK && i < n; i++) {
		if (clock_mono_us() > until_us)
			break;
		look(m, due[i]);
		if (i % STORE_EACH == STORE_EACH - 1)
			e = store_disks(m);
	}
	return e == OK && n > 0 ? store_disks(m) : e;
}

/* ---- the job ---- */

/* nginx reads its configuration, and opens its logs, when the time of this
 * directory has changed (servers.c). */
static enum err
ask_reopen(const struct node *node)
{
	const char *path = "nginx/sites/.reopen";
	enum err e = beneath_write(node->root_fd, path, "", 0, 0600);

	return e == OK ? beneath_unlink(node->root_fd, path) : e;
}

enum err
measure(struct job *job)
{
	struct measure m = {.job = job,
	    .afresh = frame_get_num(job->request, TAG_AFRESH, 0) != 0};
	bool reopen = false;
	enum err e = load_disks(&m);

	if (e == OK)
		e = traffic_load(job->arena, job->node, &m.traffic);
	if (e == OK)
		e = traffic_count(&m.traffic, &reopen);
	if (reopen && ask_reopen(job->node) != OK)
		log_event(LOG_WARN, "logs_stay_open");
	if (e == OK)
		e = tell_all(&m);
	if (e == OK)
		e = look_at_disks(&m);
	if (e == OK)
		e = traffic_store(&m.traffic);
	traffic_fini(&m.traffic);
	return e;
}
