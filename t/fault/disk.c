/* disk.c - what may be left of a disk when the power goes.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A file is an inode that names point to, so that a journal which was deleted
 * and is there again after all is the old one.
 */
#include "config.h"
#include "disk.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"
#include "tap.h"

enum name { NAME_DB, NAME_WAL, NAME_JOURNAL, NAME__MAX };

static const char *const suffixes[NAME__MAX] = {
    [NAME_DB] = "",
    [NAME_WAL] = "-wal",
    [NAME_JOURNAL] = "-journal",
};

/* Beside it, but made anew by whoever opens the database. */
static const char *const others[] = {"-shm", ".lock"};

#define NO_INODE   (-1)
#define INODES_MAX 64

enum kind { EV_WRITE, EV_TRUNCATE, EV_SYNC, EV_CREATE, EV_DELETE, EV_DIR_SYNC };

struct event {
	enum kind kind;
	enum name name;
	int inode;
	size_t offset; /* EV_TRUNCATE: the size */
	size_t len;
	uint8_t *data;
};

struct bytes {
	uint8_t *p;
	size_t len, room;
};

/* Indices of events that no sync has covered. */
struct pending {
	size_t *event;
	size_t n, room;
};

struct inode {
	struct bytes sure;
	struct pending pending;
};

struct disk {
	char path[512];
	bool lies;
	struct event *event;
	size_t n, room;
	/* while recording: what each name is, and the next inode */
	int live[NAME__MAX];
	int n_inodes;
	/* up to where the events were played */
	size_t played;
	struct inode inode[INODES_MAX];
	int sure[NAME__MAX];
	struct pending dir;
};

static struct disk *recording;

/* ---- recording ---- */

static void *
grown(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (p == NULL)
		bail("no memory");
	return p;
}

static struct event *
add(struct disk *d, enum kind kind, enum name name)
{
	struct event *e;

	if (d->n == d->room) {
		d->room = d->room ? d->room * 2 : 4096;
		d->event = grown(d->event, d->room, sizeof(*d->event));
	}
	e = &d->event[d->n++];
	*e = (struct event){.kind = kind, .name = name, .inode = d->live[name]};
	return e;
}

/* False: none of ours. */
static bool
name_of(const struct disk *d, const char *path, enum name *out)
{
	size_t n = strlen(d->path);

	if (strncmp(path, d->path, n) != 0)
		return false;
	for (enum name i = 0; i < NAME__MAX; i++) {
		if (strcmp(path + n, suffixes[i]) == 0) {
			*out = i;
			return true;
		}
	}
	bail("%s is written", path);
}

static void
create(struct disk *d, enum name name)
{
	if (d->n_inodes == INODES_MAX)
		bail("too many files");
	d->live[name] = d->n_inodes++;
	add(d, EV_CREATE, name);
}

static void
write_down(struct disk *d, const struct shim_call *c, enum name name)
{
	struct event *e;

	if (c->op == SHIM_DELETE) {
		if (d->live[name] != NO_INODE)
			add(d, EV_DELETE, name);
		d->live[name] = NO_INODE;
		return;
	}
	/* The store makes the file before SQLite sees it. */
	if (d->live[name] == NO_INODE)
		create(d, name);
	if (c->op == SHIM_SYNC) {
		add(d, EV_SYNC, name);
		return;
	}
	e = add(d, c->op == SHIM_WRITE ? EV_WRITE : EV_TRUNCATE, name);
	e->offset = (size_t)c->offset;
	e->len = (size_t)c->len;
	if (e->len > 0) {
		e->data = grown(NULL, e->len, 1);
		memcpy(e->data, c->data, e->len);
	}
}

static int
record(const struct shim_call *c)
{
	struct disk *d = recording;
	bool changes = c->op == SHIM_WRITE || c->op == SHIM_TRUNCATE ||
		       c->op == SHIM_SYNC || c->op == SHIM_DELETE;
	enum name name;

	if (c->op == SHIM_DIR_SYNC)
		add(d, EV_DIR_SYNC, NAME_DB);
	else if (c->creates && name_of(d, c->path, &name))
		create(d, name);
	else if (changes && name_of(d, c->path, &name))
		write_down(d, c, name);
	return SQLITE_OK;
}

struct disk *
disk_record(const char *path)
{
	struct disk *d = calloc(1, sizeof(*d));

	if (d == NULL)
		bail("no memory");
	snprintf(d->path, sizeof(d->path), "%s", path);
	for (int i = 0; i < NAME__MAX; i++)
		d->live[i] = d->sure[i] = NO_INODE;
	recording = d;
	shim_hook(record);
	return d;
}

void
disk_stop(void)
{
	shim_hook(NULL);
	recording = NULL;
}

size_t
disk_now(const struct disk *d)
{
	return d->n;
}

void
disk_lie(struct disk *d)
{
	d->lies = true;
}

void
disk_free(struct disk **take_d)
{
	struct disk *d = *take_d;

	*take_d = NULL;
	disk_rewind(d);
	for (size_t i = 0; i < d->n; i++)
		free(d->event[i].data);
	free(d->event);
	free(d);
}

/* ---- the bytes of a file ---- */

/* New bytes are zero. */
static void
set_len(struct bytes *b, size_t len)
{
	if (len > b->room) {
		b->room = len * 2;
		b->p = grown(b->p, b->room, 1);
	}
	if (len > b->len)
		memset(b->p + b->len, 0, len - b->len);
	b->len = len;
}

static void
put(struct bytes *b, const struct event *e)
{
	if (e->kind == EV_TRUNCATE) {
		set_len(b, e->offset);
		return;
	}
	if (e->offset + e->len > b->len)
		set_len(b, e->offset + e->len);
	memcpy(b->p + e->offset, e->data, e->len);
}

/* ---- playing the events up to the cut ---- */

static void
push(struct pending *p, size_t event)
{
	if (p->n == p->room) {
		p->room = p->room ? p->room * 2 : 64;
		p->event = grown(p->event, p->room, sizeof(*p->event));
	}
	p->event[p->n++] = event;
}

static void
change_dir(int names[NAME__MAX], const struct event *e)
{
	names[e->name] = e->kind == EV_CREATE ? e->inode : NO_INODE;
}

static void
play(struct disk *d, size_t i)
{
	const struct event *e = &d->event[i];
	struct inode *inode = &d->inode[e->inode < 0 ? 0 : e->inode];

	switch (e->kind) {
	case EV_WRITE:
	case EV_TRUNCATE:
		push(&inode->pending, i);
		break;
	case EV_SYNC:
		if (d->lies && e->name == NAME_WAL)
			break;
		for (size_t k = 0; k < inode->pending.n; k++)
			put(&inode->sure, &d->event[inode->pending.event[k]]);
		inode->pending.n = 0;
		break;
	case EV_CREATE:
	case EV_DELETE:
		push(&d->dir, i);
		break;
	case EV_DIR_SYNC:
		for (size_t k = 0; k < d->dir.n; k++)
			change_dir(d->sure, &d->event[d->dir.event[k]]);
		d->dir.n = 0;
		break;
	}
}

void
disk_rewind(struct disk *d)
{
	for (int i = 0; i < INODES_MAX; i++) {
		free(d->inode[i].sure.p);
		free(d->inode[i].pending.event);
		d->inode[i] = (struct inode){.sure = {NULL, 0, 0}};
	}
	for (int i = 0; i < NAME__MAX; i++)
		d->sure[i] = NO_INODE;
	free(d->dir.event);
	d->dir = (struct pending){NULL, 0, 0};
	d->played = 0;
}

/* ---- the cut ---- */

/* How much of what was not synced got there. */
enum luck {
	LUCK_NONE,
	LUCK_ALL,
	LUCK_FIRST,   /* in order, up to some point, torn there */
	LUCK_ANY,     /* some writes, each whole */
	LUCK_SECTORS, /* some sectors */
	LUCK_GARBAGE, /* some sectors, rubbish in others */
	LUCK__MAX
};

struct fate {
	struct dice *dice;
	enum luck luck;
	size_t sector;
	uint32_t of16; /* so many of 16 get there */
};

static bool
gets_there(struct fate *f)
{
	return dice_roll(f->dice, 16) < f->of16;
}

static void
scribble(struct fate *f, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)dice_bits(f->dice);
}

/* A write by the sectors of the file that it touches.  The size of the file
 * may have grown although a sector did not get there. */
static void
tear(struct bytes *b, const struct event *e, struct fate *f)
{
	size_t end = e->offset + e->len, next;

	if (end > b->len && gets_there(f))
		set_len(b, end);
	for (size_t at = e->offset; at < end; at = next) {
		struct event part = *e;
		bool lands = gets_there(f);

		next = (at / f->sector + 1) * f->sector;
		if (next > end)
			next = end;
		part.offset = at;
		part.len = next - at;
		part.data = e->data + (at - e->offset);
		if (lands)
			put(b, &part);
		else if (f->luck == LUCK_GARBAGE && next <= b->len &&
			 dice_roll(f->dice, 4) == 0)
			scribble(f, b->p + at, part.len);
	}
}

static void
settle(const struct disk *d, const struct inode *inode, struct bytes *b,
    struct fate *f)
{
	const struct pending *p = &inode->pending;
	size_t first = p->n ? dice_roll(f->dice, (uint32_t)p->n) : 0;

	set_len(b, inode->sure.len);
	if (b->len > 0)
		memcpy(b->p, inode->sure.p, b->len);
	for (size_t k = 0; k < p->n && f->luck != LUCK_NONE; k++) {
		const struct event *e = &d->event[p->event[k]];

		if (f->luck == LUCK_ALL || (f->luck == LUCK_FIRST && k < first))
			put(b, e);
		else if (f->luck == LUCK_FIRST && k > first)
			break;
		else if (e->kind == EV_TRUNCATE || f->luck == LUCK_ANY) {
			if (gets_there(f))
				put(b, e);
		} else {
			tear(b, e, f);
		}
	}
}

/* Entries of a directory change in order or not, as its kind of file system
 * has it. */
static void
settle_dir(const struct disk *d, int names[NAME__MAX], struct fate *f)
{
	bool in_order = dice_roll(f->dice, 2) == 0;

	memcpy(names, d->sure, sizeof(d->sure));
	for (size_t k = 0; k < d->dir.n; k++) {
		if (f->luck == LUCK_ALL || gets_there(f))
			change_dir(names, &d->event[d->dir.event[k]]);
		else if (in_order)
			break;
	}
}

static void
write_file(const char *path, const struct bytes *b)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t done = 0;

	while (fd >= 0 && done < b->len) {
		ssize_t n = write(fd, b->p + done, b->len - done);

		if (n <= 0)
			bail("%s: %m", path);
		done += (size_t)n;
	}
	if (fd < 0 || close(fd) != 0)
		bail("%s: %m", path);
}

void
disk_remove(const char *path)
{
	char name[600];

	for (int i = 0; i < NAME__MAX; i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, others[i]);
		unlink(name);
	}
}

/* The log's index is in memory for most of its life: anything may lie there. */
static void
write_index(const char *path, struct fate *f)
{
	struct bytes b = {NULL, 0, 0};
	char name[600];

	if (dice_roll(f->dice, 2) == 0)
		return;
	set_len(&b, 32768);
	scribble(f, b.p, b.len);
	snprintf(name, sizeof(name), "%s-shm", path);
	write_file(name, &b);
	free(b.p);
}

void
disk_cut(struct disk *d, size_t at, struct dice *dice, const char *path)
{
	struct fate f = {
	    .dice = dice,
	    .luck = dice_roll(dice, LUCK__MAX),
	    .sector = dice_roll(dice, 2) ? 512 : 4096,
	    .of16 = 2 + dice_roll(dice, 13),
	};
	int names[NAME__MAX];

	if (at < d->played || at > d->n)
		bail("the disk can't go to %zu", at);
	while (d->played < at)
		play(d, d->played++);
	disk_remove(path);
	settle_dir(d, names, &f);
	for (int i = 0; i < NAME__MAX; i++) {
		struct bytes b = {NULL, 0, 0};
		char name[600];

		if (names[i] == NO_INODE)
			continue;
		settle(d, &d->inode[names[i]], &b, &f);
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		write_file(name, &b);
		free(b.p);
	}
	write_index(path, &f);
}
