/* metrics.c - counters of all workers as Prometheus text (format 0.0.4).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/exchange.h"

#include <inttypes.h>
#include <string.h>

#include "web/shm.h"

/* Upper bounds in microseconds, and as they are printed. */
static const struct bucket {
	int64_t us;
	const char *le;
} buckets[SHM_BUCKETS] = {{500, "0.0005"}, {1000, "0.001"}, {2500, "0.0025"},
    {5000, "0.005"}, {10000, "0.01"}, {25000, "0.025"}, {100000, "0.1"},
    {250000, "0.25"}, {1000000, "1"}, {5000000, "5"}, {INT64_MAX, "+Inf"}};

static const struct counter {
	const char *name, *help;
} counters[METRIC__MAX] = {
    [METRIC_INTAKES_PLACED] = {"intakes_placed", "Orders placed by intake"},
    [METRIC_INTAKES_REVIEW] = {"intakes_review", "Intakes held in review"},
    [METRIC_INTAKES_VERIFYING] = {"intakes_verifying",
	"Intakes waiting for the payment provider"},
    [METRIC_INTAKES_REPLAYED] = {"intakes_replayed",
	"Intakes repeated by the caller"},
    [METRIC_INTAKES_REFUSED] = {"intakes_refused", "Intakes refused"},
    [METRIC_LOGIN_FAILED] = {"login_failures", "Failed log-ins"},
    [METRIC_RATE_LIMITED] = {"rate_limited", "Requests over a limit"},
    [METRIC_DENIED] = {"denied", "Requests without permission"},
    [METRIC_TASKS_CLAIMED] = {"tasks_claimed", "Provisioning tasks claimed"},
    [METRIC_TASKS_SUCCEEDED] = {"tasks_succeeded",
	"Provisioning tasks reported successful"},
    [METRIC_TASKS_FAILED] = {"tasks_failed",
	"Provisioning tasks reported failed"},
};

static const char *const end_names[END__MAX] = {[END_RECYCLED] = "recycled",
    [END_STOPPED] = "stopped",
    [END_CRASHED] = "crashed",
    [END_HUNG] = "hung"};

/* ---- counting ---- */

void
metrics_request(const struct exchange *x, int64_t took_us)
{
	struct shm_slot *slot = shm_own_slot();
	struct shm_route *r = &slot->routes[x->match.index];
	int class = x->reply.status / 100 - 1, b = 0;

	while (took_us > buckets[b].us)
		b++;
	shm_count(&r->classes[class], 1);
	shm_count(&r->buckets[b], 1);
	shm_count(&r->sum_us, took_us);
	shm_count(&slot->served, 1);
}

/* ---- adding up ---- */

struct total {
	int64_t classes[SHM_CLASSES], buckets[SHM_BUCKETS];
	int64_t sum_us, n;
};

static void
add_route(struct total *t, const struct shm_route *r)
{
	for (int c = 0; c < SHM_CLASSES; c++)
		t->classes[c] += shm_read(&r->classes[c]);
	for (int b = 0; b < SHM_BUCKETS; b++) {
		int64_t n = shm_read(&r->buckets[b]);

		t->buckets[b] += n;
		t->n += n;
	}
	t->sum_us += shm_read(&r->sum_us);
}

static struct total
total_of_route(const struct shm *s, int route)
{
	struct total t = {0};

	for (int i = 0; i < s->n_slots; i++)
		add_route(&t, &s->slots[i].routes[route]);
	return t;
}

static struct total
total_of_pool(const struct shm *s, enum pool pool, int n_routes)
{
	struct total t = {0};

	for (int i = 0; i < s->n_slots; i++) {
		if (atomic_load(&s->slots[i].pool) != (int32_t)pool)
			continue;
		for (int r = 0; r < n_routes; r++)
			add_route(&t, &s->slots[i].routes[r]);
	}
	return t;
}

/* ---- printing ---- */

static void
family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP mpanel_%s %s.\n# TYPE mpanel_%s %s\n", name,
	    help, name, type);
}

static void
print_requests(const struct router *r, const struct shm *s, struct buf *out)
{
	family(out, "http_requests_total", "counter",
	    "Requests answered, by route and class of status");
	for (int i = 0; i <= router_count(r); i++) {
		struct total t = total_of_route(s, i);

		for (int c = 0; c < SHM_CLASSES; c++)
			if (t.classes[c])
				buf_printf(out,
				    "mpanel_http_requests_total"
				    "{route=\"%s\",status=\"%dxx\"} %" PRId64
				    "\n",
				    router_name(r, i), c + 1, t.classes[c]);
	}
}

static void
print_sum(struct buf *out, const char *family, const char *label,
    const char *value, const struct total *t)
{
	buf_printf(out,
	    "mpanel_%s_sum{%s=\"%s\"} %" PRId64 ".%06" PRId64 "\n"
	    "mpanel_%s_count{%s=\"%s\"} %" PRId64 "\n",
	    family, label, value, t->sum_us / 1000000, t->sum_us % 1000000,
	    family, label, value, t->n);
}

/* Without buckets: with them a thousand routes, which anybody may ask for,
 * would fill any reply. */
static void
print_durations(const struct router *r, const struct shm *s, struct buf *out)
{
	static const char name[] = "http_request_duration_seconds";

	family(out, name, "summary",
	    "Time from reading a request to the end of its work, by route");
	for (int i = 0; i <= router_count(r); i++) {
		struct total t = total_of_route(s, i);

		if (t.n)
			print_sum(out, name, "route", router_name(r, i), &t);
	}
}

static void
print_pools(const struct router *r, const struct shm *s, struct buf *out)
{
	static const char name[] = "http_pool_duration_seconds";

	family(out, name, "histogram",
	    "Time from reading a request to the end of its work, by pool");
	for (int p = 0; p < POOL__MAX; p++) {
		const char *pool = pool_name((enum pool)p);
		struct total t =
		    total_of_pool(s, (enum pool)p, router_count(r) + 1);
		int64_t sum = 0;

		for (int b = 0; b < SHM_BUCKETS; b++) {
			sum += t.buckets[b];
			buf_printf(out,
			    "mpanel_%s_bucket{pool=\"%s\",le=\"%s\"} %" PRId64
			    "\n",
			    name, pool, buckets[b].le, sum);
		}
		print_sum(out, name, "pool", pool, &t);
	}
}

static void
slot_labels(const struct shm_slot *slot, struct buf *out)
{
	buf_printf(out, "{pool=\"%s\",worker=\"%d\"} ",
	    pool_name((enum pool)atomic_load(&slot->pool)),
	    (int)atomic_load(&slot->number));
}

static void
print_workers(const struct shm *s, struct buf *out)
{
	int in_flight[POOL__MAX] = {0};

	family(out, "worker_resident_memory_bytes", "gauge",
	    "Resident memory of each worker");
	for (int i = 0; i < s->n_slots; i++) {
		const struct shm_slot *slot = &s->slots[i];

		in_flight[atomic_load(&slot->pool)] +=
		    atomic_load(&slot->in_flight);
		buf_puts(out, "mpanel_worker_resident_memory_bytes");
		slot_labels(slot, out);
		buf_printf(out, "%" PRId64 "\n", shm_read(&slot->rss_bytes));
	}
	family(
	    out, "http_requests_in_flight", "gauge", "Requests being served");
	for (int p = 0; p < POOL__MAX; p++)
		buf_printf(out,
		    "mpanel_http_requests_in_flight{pool=\"%s\"} %d\n",
		    pool_name((enum pool)p), in_flight[p]);
}

static void
print_ends(const struct shm *s, struct buf *out)
{
	family(out, "worker_restarts_total", "counter",
	    "Workers replaced, by pool and reason");
	for (int p = 0; p < POOL__MAX; p++)
		for (int e = 0; e < END__MAX; e++) {
			int64_t n = 0;

			for (int i = 0; i < s->n_slots; i++)
				if (atomic_load(&s->slots[i].pool) == p)
					n += shm_read(&s->slots[i].ends[e]);
			buf_printf(out,
			    "mpanel_worker_restarts_total"
			    "{pool=\"%s\",reason=\"%s\"} %" PRId64 "\n",
			    pool_name((enum pool)p), end_names[e], n);
		}
}

static void
print_counters(const struct shm *s, struct buf *out)
{
	for (int m = 0; m < METRIC__MAX; m++) {
		int64_t n = 0;

		for (int i = 0; i < s->n_slots; i++)
			n += shm_read(&s->slots[i].counts[m]);
		buf_printf(out,
		    "# HELP mpanel_%s_total %s.\n"
		    "# TYPE mpanel_%s_total counter\n"
		    "mpanel_%s_total %" PRId64 "\n",
		    counters[m].name, counters[m].help, counters[m].name,
		    counters[m].name, n);
	}
}

/* ---- GET /api/metrics ---- */

static enum err
metrics_get(struct request *rq)
{
	const struct gate *g = exchange_of(rq)->gate;
	const struct shm *s = shm_get();
	struct buf *out = &rq->reply->body;

	reply_text(rq, 200, "text/plain; version=0.0.4; charset=utf-8", "");
	print_requests(g->router, s, out);
	print_durations(g->router, s, out);
	print_pools(g->router, s, out);
	print_workers(s, out);
	print_ends(s, out);
	print_counters(s, out);
	if (g->config->gauges)
		g->config->gauges(rq->db, out);
	return OK;
}

/* clang-format off */
const struct route web_routes[] = {
	{ GET, "/api/metrics", POOL_UI, AUTH_TOKEN, PERM_METRICS_READ,
	  BODY_NONE, ROUTE_LOOPBACK | ROUTE_OWN_TX, metrics_get, "metrics" },
	{ 0 }
};
/* clang-format on */
