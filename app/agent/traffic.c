/* traffic.c - how many bytes each site has sent, by day: reading the logs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "agent/beneath.h"
#include "agent/stamp.h"

#define DAY_S	     INT64_C(86400)
#define LOG_NAME     "traffic.log"
#define CHUNK	     (256 * 1024)
#define STORE_EVERY  (64 * 1024 * 1024)
#define ROTATE_BYTES (64 * 1024 * 1024)
#define SITES_MAX    50000

int64_t
traffic_today(void)
{
	return clock_now() / DAY_S;
}

/* ---- sites and days ---- */

struct traffic_site *
traffic_site(struct traffic *t, const char *id)
{
	size_t low = 0, high = t->n_sites;
	struct traffic_site *more;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strcmp(t->site[mid].id, id);

		if (order == 0)
			return &t->site[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (t->n_sites == t->max_sites) {
		size_t max = t->max_sites ? t->max_sites * 2 : 64;

		more = max > SITES_MAX
			   ? NULL
			   : reallocarray(t->site, max, sizeof(*t->site));
		if (more == NULL)
			return NULL;
		t->site = more;
		t->max_sites = max;
	}
	memmove(&t->site[low + 1], &t->site[low],
	    (t->n_sites - low) * sizeof(*t->site));
	t->n_sites++;
	t->site[low] = (struct traffic_site){.n = 0};
	memcpy(t->site[low].id, id, 36);
	return &t->site[low];
}

struct traffic_day *
traffic_day(const struct traffic *t, struct traffic_site *s, int64_t day)
{
	if (day < t->since || day <= traffic_today() - TRAFFIC_DAYS)
		return NULL;
	for (int i = 0; i < s->n; i++) {
		if (s->day[i].day == day)
			return &s->day[i];
	}
	if (s->n == TRAFFIC_DAYS)
		return NULL; /* a clock that was wrong has had them */
	s->day[s->n] = (struct traffic_day){.day = day, .told = -1};
	return &s->day[s->n++];
}

static void
forget_days(struct traffic *t)
{
	int64_t oldest = traffic_today() - TRAFFIC_DAYS + 1;
	size_t kept = 0;

	for (size_t i = 0; i < t->n_sites; i++) {
		struct traffic_site *s = &t->site[i];
		int n = 0;

		/* a day to come was a clock that was wrong */
		for (int d = 0; d < s->n; d++) {
			if (s->day[d].day >= oldest &&
			    s->day[d].day <= traffic_today() + 1)
				s->day[n++] = s->day[d];
		}
		s->n = n;
		if (n > 0)
			t->site[kept++] = *s;
	}
	t->n_sites = kept;
}

/* ---- lines ---- */

/* "<id> 1764482400.123 512" */
static bool
parse_line(char *line, size_t len, int64_t *day_out, int64_t *sent_out)
{
	char *at, *dot, *sent;

	if (len < 40 || line[36] != ' ')
		return false;
	line[36] = '\0';
	at = line + 37;
	dot = memchr(at, '.', len - 37);
	sent = dot ? memchr(dot, ' ', len - (size_t)(dot - line)) : NULL;
	if (sent == NULL || !id_valid(line))
		return false;
	*dot = '\0';
	if (!str_to_i64(at, 0, INT64_C(253402300799), day_out) ||
	    !str_to_i64(sent + 1, 0, INT64_C(1) << 50, sent_out))
		return false;
	*day_out /= DAY_S;
	return true;
}

static enum err
count_line(struct traffic *t, char *line, size_t len, int64_t *bad)
{
	struct traffic_site *s;
	struct traffic_day *d;
	int64_t day, sent;

	if (memchr(line, '\0', len) != NULL ||
	    !parse_line(line, len, &day, &sent)) {
		(*bad)++;
		return OK;
	}
	s = traffic_site(t, line);
	if (s == NULL)
		return E_LIMIT;
	d = traffic_day(t, s, day);
	if (d != NULL)
		d->sent += sent;
	return OK;
}

/* Whole lines of a chunk; *used_out bytes. */
static enum err
count_lines(
    struct traffic *t, char *p, size_t n, size_t *used_out, int64_t *bad)
{
	size_t at = 0;
	char *end;
	enum err e = OK;

	while (e == OK && (end = memchr(p + at, '\n', n - at)) != NULL) {
		*end = '\0';
		e = count_line(t, p + at, (size_t)(end - p) - at, bad);
		at = (size_t)(end - p) + 1;
	}
	/* Nothing that nginx writes is so long. */
	if (at == 0 && n == CHUNK) {
		(*bad)++;
		at = n;
	}
	*used_out = at;
	return e;
}

/* ---- one log ---- */

static int
log_open(const struct traffic *t, const char *name)
{
	const char *path = arena_printf(t->arena, TRAFFIC_DIR "/%s", name);
	int fd = -1;

	if (path == NULL || beneath_open(t->node->root_fd, path,
				O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd) != OK)
		return -1;
	return fd;
}

static enum err
read_log(struct traffic *t, struct traffic_log *log)
{
	static char chunk[CHUNK];
	int fd = log_open(t, log->name);
	int64_t stored_at = log->offset, bad = 0;
	enum err e = OK;

	if (fd < 0)
		return OK; /* gone meanwhile */
	while (e == OK) {
		ssize_t n =
		    fd_pread(fd, chunk, sizeof(chunk), (off_t)log->offset);
		size_t used = 0;

		if (n < 0) {
			log_event(LOG_ERROR, "traffic_unread",
			    LOG_S("log", log->name),
			    LOG_S("error", strerror(errno)));
			e = E_SYS;
		}
		if (n > 0)
			e = count_lines(t, chunk, (size_t)n, &used, &bad);
		if (used == 0)
			break;
		log->offset += (int64_t)used;
		if (e == OK && log->offset - stored_at >= STORE_EVERY) {
			stored_at = log->offset;
			e = traffic_store(t);
		}
	}
	close(fd);
	if (bad > 0)
		log_event(LOG_WARN, "traffic_lines_bad",
		    LOG_S("log", log->name), LOG_I("count", bad));
	return e;
}

/* ---- which file is which ---- */

struct file {
	const char *name;
	char first[TRAFFIC_LINE_MAX];
	uint64_t inode;
	int64_t size, changed_at;
	bool is_known;
};

/* False: it has no whole line yet, or is none of ours. */
static bool
file_look(const struct traffic *t, const char *name, struct file *out)
{
	int fd = log_open(t, name);
	struct stat st;
	ssize_t n = -1;
	char *end = NULL;

	if (fd < 0)
		return false;
	*out = (struct file){.name = name};
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		n = fd_pread(fd, out->first, sizeof(out->first), 0);
		out->inode = (uint64_t)st.st_ino;
		out->size = (int64_t)st.st_size;
		out->changed_at = (int64_t)st.st_mtim.tv_sec;
	}
	close(fd);
	if (n > 0)
		end = memchr(out->first, '\n', (size_t)n);
	if (end == NULL)
		return false;
	memset(end, 0, (size_t)(out->first + sizeof(out->first) - end));
	return true;
}

static struct traffic_log *
log_of(struct traffic *t, const struct file *f, bool same_inode)
{
	for (size_t i = 0; i < t->n_logs; i++) {
		struct traffic_log *log = &t->log[i];

		if (log->name == NULL && str_eq(log->first, f->first) &&
		    (!same_inode || log->inode == f->inode))
			return log;
	}
	return NULL;
}

static void
take_file(struct traffic_log *log, struct file *f)
{
	f->is_known = true;
	log->name = f->name;
	log->inode = f->inode;
	/* Cut behind what was read: what comes next stands there. */
	if (log->offset > f->size)
		log->offset = f->size;
}

static bool
has_first(const struct traffic *t, const char *first)
{
	for (size_t i = 0; i < t->n_logs; i++) {
		if (str_eq(t->log[i].first, first))
			return true;
	}
	return false;
}

/* Give each log its file, and each new file a log.  Files in `file` are those
 * with a whole line. */
static void
match(struct traffic *t, struct file *file, size_t n)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < n; i++) {
			struct traffic_log *log =
			    file[i].is_known ? NULL
					     : log_of(t, &file[i], round == 0);

			if (log != NULL)
				take_file(log, &file[i]);
		}
	}
	for (size_t i = 0; i < n; i++) {
		/* A copy beside what it is of: later. */
		if (file[i].is_known || has_first(t, file[i].first) ||
		    t->n_logs == TRAFFIC_LOGS_MAX)
			continue;
		t->log[t->n_logs] = (struct traffic_log){.offset = 0};
		memcpy(t->log[t->n_logs].first, file[i].first,
		    sizeof(file[i].first));
		take_file(&t->log[t->n_logs++], &file[i]);
	}
}

static void
drop_missing(struct traffic *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_logs; i++) {
		if (t->log[i].name != NULL)
			t->log[n++] = t->log[i];
	}
	t->n_logs = n;
}

static enum err
find_logs(struct traffic *t, struct file **out, size_t *n_out)
{
	struct name_list names = {0};
	struct file *file;
	size_t n = 0;
	enum err e =
	    beneath_list(t->arena, t->node->root_fd, TRAFFIC_DIR, "", &names);

	if (e != OK)
		return e;
	file = arena_array(t->arena, names.n + 1, sizeof(*file));
	if (file == NULL)
		return E_LIMIT;
	for (size_t i = 0; i < t->n_logs; i++)
		t->log[i].name = NULL;
	for (size_t i = 0; i < names.n; i++) {
		if (str_starts(names.name[i], LOG_NAME) &&
		    !str_ends(names.name[i], ".gz") &&
		    file_look(t, names.name[i], &file[n]))
			n++;
	}
	match(t, file, n);
	drop_missing(t);
	*out = file;
	*n_out = n;
	return OK;
}

/* ---- a new log, and the end of old ones ---- */

static enum err
remove_done(struct traffic *t)
{
	enum err e = OK;

	for (size_t i = 0; e == OK && i < t->n_logs; i++) {
		if (t->log[i].is_done)
			e = beneath_unlink(t->node->root_fd,
			    arena_printf(
				t->arena, TRAFFIC_DIR "/%s", t->log[i].name));
	}
	return e;
}

/* That it is done is stored before it is removed: otherwise one that stays
 * would be read as a new one. */
static void
mark_done(struct traffic *t, const struct file *file, size_t n)
{
	for (size_t i = 0; i < t->n_logs; i++) {
		struct traffic_log *log = &t->log[i];

		for (size_t f = 0; f < n; f++) {
			if (!str_eq(log->name, file[f].name) ||
			    str_eq(log->name, LOG_NAME) ||
			    log->offset < file[f].size ||
			    file[f].changed_at > clock_now() - DAY_S)
				continue;
			log->is_done = true;
		}
	}
}

static enum err
rotate(struct traffic *t, const struct file *file, size_t n, bool *reopen_out)
{
	char stamp[STAMP_SIZE], line[TRAFFIC_LINE_MAX];
	const struct file *now = NULL;
	int64_t day = 0, sent;
	const char *to;
	enum err e;

	for (size_t i = 0; i < n; i++) {
		if (str_eq(file[i].name, LOG_NAME))
			now = &file[i];
	}
	if (now == NULL)
		return OK; /* no line is in it */
	memcpy(line, now->first, sizeof(line));
	/* a large one, or one of yesterday */
	if (now->size < ROTATE_BYTES &&
	    (!parse_line(line, strlen(line), &day, &sent) ||
		day >= traffic_today()))
		return OK;
	stamp_of_time(clock_now(), stamp);
	to = arena_printf(t->arena, TRAFFIC_LOG ".%s", stamp);
	if (to == NULL)
		return E_LIMIT;
	e = beneath_rename(t->node->root_fd, TRAFFIC_LOG, to, false);
	if (e == E_NOTFOUND || e == E_CONFLICT)
		return OK; /* somebody else's hand, or twice in a second */
	*reopen_out = e == OK;
	return e;
}

/* nginx makes it when it opens its logs, so that it is missing only between a
 * rotation and that. */
static bool
is_missing(const struct traffic *t)
{
	int fd = -1;
	enum err e = beneath_open(t->node->root_fd, TRAFFIC_LOG,
	    O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd);

	if (e == OK)
		close(fd);
	return e == E_NOTFOUND;
}

enum err
traffic_count(struct traffic *t, bool *reopen_out)
{
	struct file *file = NULL;
	size_t n = 0;
	enum err e;

	*reopen_out = false;
	e = find_logs(t, &file, &n);
	for (size_t i = 0; e == OK && i < t->n_logs; i++) {
		if (!t->log[i].is_done)
			e = read_log(t, &t->log[i]);
	}
	if (e != OK)
		return e;
	forget_days(t);
	mark_done(t, file, n);
	e = traffic_store(t);
	if (e == OK)
		e = remove_done(t);
	if (e == OK)
		e = rotate(t, file, n, reopen_out);
	if (e == OK)
		*reopen_out |= is_missing(t);
	return e;
}

void
traffic_fini(struct traffic *t)
{
	free(t->site);
	*t = (struct traffic){.site = NULL};
}
