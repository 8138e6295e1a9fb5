/* metrics.c - how busy this node is.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "agent/metrics.h"

#include <inttypes.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#define DISKS_MAX 32

/* "12.3" */
static void
put_percent(struct json_out *w, const char *name, uint64_t part, uint64_t all)
{
	uint64_t tenths = all == 0 ? 0 : part * 1000 / all;
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64, tenths / 10,
	    tenths % 10);
	json_raw(w, name, text);
}

/* -- processors -- */

static void
read_cpu(uint64_t *busy_out, uint64_t *all_out)
{
	/* user nice system idle iowait irq softirq steal */
	uint64_t t[8] = {0};
	FILE *f = fopen("/proc/stat", "re");

	*busy_out = *all_out = 0;
	if (f == NULL)
		return;
	if (fscanf(f,
		"cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		" %" SCNu64 " %" SCNu64 " %" SCNu64,
		&t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) == 8) {
		for (size_t i = 0; i < N_ELEMS(t); i++)
			*all_out += t[i];
		*busy_out = *all_out - t[3] - t[4];
	}
	fclose(f);
}

static void
put_load(struct json_out *w)
{
	char one[16] = "0", five[16] = "0", fifteen[16] = "0";
	FILE *f = fopen("/proc/loadavg", "re");

	if (f != NULL) {
		if (fscanf(f, "%15[0-9.] %15[0-9.] %15[0-9.]", one, five,
			fifteen) != 3)
			snprintf(one, sizeof(one), "0");
		fclose(f);
	}
	json_open(w, "load", '{');
	json_raw(w, "1min", one);
	json_raw(w, "5min", five);
	json_raw(w, "15min", fifteen);
	json_close(w, '}');
}

static void
put_cpu(struct metrics *m, struct json_out *w)
{
	uint64_t busy, all;

	read_cpu(&busy, &all);
	json_open(w, "cpu", '{');
	put_percent(w, "usage", busy > m->cpu_busy ? busy - m->cpu_busy : 0,
	    all > m->cpu_all ? all - m->cpu_all : 0);
	json_int(w, "cores", sysconf(_SC_NPROCESSORS_ONLN));
	put_load(w);
	json_close(w, '}');
	m->cpu_busy = busy;
	m->cpu_all = all;
}

/* -- memory -- */

enum memory {
	MEM_TOTAL,
	MEM_FREE,
	MEM_AVAILABLE,
	MEM_CACHED,
	MEM_SWAP,
	MEM_SWAP_FREE,
	MEM__MAX
};

static void
read_memory(uint64_t bytes[static MEM__MAX])
{
	static const char *const names[MEM__MAX] = {"MemTotal:", "MemFree:",
	    "MemAvailable:", "Cached:", "SwapTotal:", "SwapFree:"};
	char line[128], name[64];
	FILE *f = fopen("/proc/meminfo", "re");
	uint64_t kib;

	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%63s %" SCNu64, name, &kib) != 2)
			continue;
		for (int i = 0; i < MEM__MAX; i++) {
			if (str_eq(name, names[i]))
				bytes[i] = kib * 1024;
		}
	}
	fclose(f);
}

static void
put_memory(struct json_out *w)
{
	uint64_t b[MEM__MAX] = {0}, used, swap_used;

	read_memory(b);
	used = b[MEM_TOTAL] - b[MEM_AVAILABLE];
	swap_used = b[MEM_SWAP] - b[MEM_SWAP_FREE];
	json_open(w, "memory", '{');
	json_int(w, "total", (int64_t)b[MEM_TOTAL]);
	json_int(w, "used", (int64_t)used);
	json_int(w, "free", (int64_t)b[MEM_FREE]);
	json_int(w, "cached", (int64_t)b[MEM_CACHED]);
	put_percent(w, "usagePercent", used, b[MEM_TOTAL]);
	json_open(w, "swap", '{');
	json_int(w, "total", (int64_t)b[MEM_SWAP]);
	json_int(w, "used", (int64_t)swap_used);
	json_int(w, "free", (int64_t)b[MEM_SWAP_FREE]);
	put_percent(w, "usagePercent", swap_used, b[MEM_SWAP]);
	json_close(w, '}');
	json_close(w, '}');
}

/* -- disks -- */

/* File systems that hold data; an overlay only where it is the root. */
static bool
is_real(const struct mntent *m)
{
	static const char *const kinds[] = {"ext2", "ext3", "ext4", "xfs",
	    "btrfs", "zfs", "f2fs", "jfs", "reiserfs", "bcachefs", "vfat",
	    "nfs", "nfs4"};

	if (str_eq(m->mnt_type, "overlay"))
		return str_eq(m->mnt_dir, "/");
	for (size_t i = 0; i < N_ELEMS(kinds); i++) {
		if (str_eq(m->mnt_type, kinds[i]))
			return true;
	}
	return false;
}

static void
put_disk(struct json_out *w, const struct mntent *m, const struct statvfs *v)
{
	uint64_t unit = v->f_frsize;
	uint64_t used = (v->f_blocks - v->f_bfree) * unit;
	uint64_t free = v->f_bavail * unit;

	json_open(w, NULL, '{');
	json_str(w, "mount", m->mnt_dir);
	json_str(w, "fs", m->mnt_type);
	json_int(w, "total", (int64_t)(v->f_blocks * unit));
	json_int(w, "used", (int64_t)used);
	json_int(w, "free", (int64_t)free);
	/* As df(1): of what an ordinary user could fill. */
	put_percent(w, "usagePercent", used, used + free);
	json_close(w, '}');
}

/* Each file system once, under its first mount point. */
static void
put_disks(struct json_out *w)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	dev_t seen[DISKS_MAX];
	size_t n = 0;
	struct mntent *m;

	json_open(w, "disk", '{');
	json_open(w, "disks", '[');
	while (f != NULL && n < DISKS_MAX && (m = getmntent(f)) != NULL) {
		struct statvfs v;
		struct stat st;
		bool again = false;

		if (!is_real(m) || stat(m->mnt_dir, &st) < 0 ||
		    statvfs(m->mnt_dir, &v) < 0 || v.f_blocks == 0 ||
		    !utf8_valid(m->mnt_dir, strlen(m->mnt_dir)))
			continue;
		for (size_t i = 0; i < n; i++)
			again |= seen[i] == st.st_dev;
		if (again)
			continue;
		seen[n++] = st.st_dev;
		put_disk(w, m, &v);
	}
	if (f != NULL)
		endmntent(f);
	json_close(w, ']');
	json_close(w, '}');
}

/* -- network -- */

/* All interfaces but loopback. */
static void
read_traffic(uint64_t *rx_out, uint64_t *tx_out)
{
	FILE *f = fopen("/proc/net/dev", "re");
	char line[512], name[32];
	uint64_t rx, tx;

	*rx_out = *tx_out = 0;
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line,
			" %31[^: ]: %" SCNu64
			" %*u %*u %*u %*u %*u %*u %*u %" SCNu64,
			name, &rx, &tx) != 3 ||
		    str_eq(name, "lo"))
			continue;
		*rx_out += rx;
		*tx_out += tx;
	}
	if (f != NULL)
		fclose(f);
}

static int64_t
count_tcp(const char *path, const char *prefix)
{
	FILE *f = fopen(path, "re");
	char line[256];
	int64_t n = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (str_starts(line, prefix))
			n = strtoll(line + strlen(prefix), NULL, 10);
	}
	if (f != NULL)
		fclose(f);
	return n;
}

static void
put_network(struct json_out *w)
{
	uint64_t rx, tx;

	read_traffic(&rx, &tx);
	json_open(w, "network", '{');
	json_open(w, "totals", '{');
	json_int(w, "rxBytes", (int64_t)rx);
	json_int(w, "txBytes", (int64_t)tx);
	json_close(w, '}');
	json_close(w, '}');
	json_int(w, "connections",
	    count_tcp("/proc/net/sockstat", "TCP: inuse ") +
		count_tcp("/proc/net/sockstat6", "TCP6: inuse "));
}

void
metrics_write(struct metrics *m, struct buf *b)
{
	struct json_out w;

	json_out_init(&w, b);
	json_open(&w, NULL, '{');
	json_time(&w, "timestamp", clock_now());
	json_open(&w, "metrics", '{');
	put_cpu(m, &w);
	put_memory(&w);
	put_disks(&w);
	put_network(&w);
	json_close(&w, '}');
	json_close(&w, '}');
}
