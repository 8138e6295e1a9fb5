/* servers_noun.c - the nodes that things are put on, described.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Where a site goes is decided in placement.c by what is written here.  A
 * server that has something on it is neither removed nor made smaller than
 * that.
 */
#include "config.h"

#include "hosting/hosting_nouns.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/text.h"
#include "resource/write.h"

#define WRITTEN	  (NEW | EDIT)
#define SITES_MAX 1000000

const struct choice server_roles[] = {{"web", "Web"}, {"database", "Database"},
    {"email", "Mail"}, {"dns", "DNS"}, {"backup", "Backup"}, {"panel", "Panel"},
    {NULL}};
static const struct choice states[] = {{"active", "Active"},
    {"draining", "Draining"}, {"retired", "Retired"}, {NULL}};

/* clang-format off */
static const struct field fields[] = {
	{"id",		"v.id",			FIELD_ID},
	{"name",	"v.name",		FIELD_CODE,	SEARCH | WRITTEN | REQUIRED, "v.name",
	 .label = "Name", .hint = "Short, as in lists: lower-case letters, digits, hyphens, like web-3."},
	{"fqdn",	"v.fqdn",		FIELD_DOMAIN,	SEARCH | WRITTEN | REQUIRED, "v.fqdn",
	 .label = "Host name", .hint = "Its full name, like web-3.example.com."},
	{"ipAddress",	"v.ip_address",		FIELD_IP4,	FILTER | SEARCH | WRITTEN, NULL,
	 .label = "IPv4 address"},
	{"ipAddressV6",	"v.ip_address_v6",	FIELD_IP6,	WRITTEN, NULL,
	 .label = "IPv6 address"},
	{"role",	"v.role",		FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, "v.role",
	 .label = "Role", .hint = "Websites are put on web servers.", .choice = server_roles},
	{"status",	"v.status",		FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, "v.status",
	 .label = "Status", .hint = "A draining server keeps what it has and gets nothing new, as before maintenance. "
		"A retired one has nothing any more.", .choice = states},
	{"group",	"v.server_group",	FIELD_CODE,	FILTER | SEARCH | WRITTEN, NULL,
	 .label = "Group", .hint = "Servers with the same word are a group, like web-eu. A product may name the group "
		"that its websites are put on."},
	{"capacitySites", "v.capacity_sites",	FIELD_INT,	WRITTEN | DEFAULTED, NULL,
	 .label = "Places", .hint = "How many websites it takes.", .first = "1000", .max = SITES_MAX},
	{"sites",
		"COALESCE((SELECT x.sites FROM server_sites x WHERE x.tenant_id = v.tenant_id "
		"AND x.server_id = v.id), 0)",
						FIELD_INT},
	{"weight",	"v.weight",		FIELD_INT,	WRITTEN | DEFAULTED, NULL,
	 .label = "Weight", .hint = "From 1 to 100. One of 20 gets twice as many websites as one of 10.",
	 .first = "10", .min = 1, .max = 100},
	{"location",	"v.location",		FIELD_TEXT,	FILTER | WRITTEN, "v.location",
	 .label = "Location", .hint = "Like Frankfurt.", .max = 80},
	{"tags",	"v.tags",		FIELD_TAGS,	WRITTEN, NULL,
	 .label = "Tags", .hint = "Words of your own, separated by commas."},
	{"previewZone",	"v.preview_zone",	FIELD_DOMAIN,	WRITTEN, NULL,
	 .label = "Preview zone", .hint = "Websites without a domain get a name below it. It has to lead to this server."},
	{"sshUser",	"v.ssh_user",		FIELD_TEXT,	WRITTEN, NULL,
	 .label = "SSH user", .max = 32},
	{"hostname",	"v.hostname",		FIELD_TEXT},
	{"agentVersion", "v.agent_version",	FIELD_TEXT},
	{"agentLastSeen", "v.agent_last_seen",	FIELD_TIME},
	{"cpuCores",	"v.cpu_cores",		FIELD_INT},
	{"ramMb",	"v.ram_mb",		FIELD_INT},
	{"diskGb",	"v.disk_gb",		FIELD_INT},
	{"version",	"v.version",		FIELD_INT},
	{"createdAt",	"v.created_at",		FIELD_TIME,	0, "v.id"},
	{"updatedAt",	"v.updated_at",		FIELD_TIME},
};
/* clang-format on */

/* ---- what is on it ---- */

struct load {
	int64_t sites, tasks; /* tasks: to be done, or at it */
};

/* The row is locked: who is about to put a site here waits for us, or we for
 * them, because their site refers to it. */
static enum err
read_load(struct tx *tx, const struct id *server, struct load *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT (SELECT COUNT(*) FROM websites w "
	    "WHERE w.tenant_id = $1 AND w.server_id = $2 "
	    "AND w.status <> 'removed'), "
	    "(SELECT COUNT(*) FROM provisioning_tasks t "
	    "WHERE t.tenant_id = $1 AND t.server_id = $2 "
	    "AND t.status IN ('pending', 'in_progress'))",
	    DB_ID(&tx->tenant), DB_ID(server));

	if (e != OK)
		return e;
	out->sites = row_int(&r, 0);
	out->tasks = row_int(&r, 1);
	return rows_done(&r);
}

static void
refuse(struct tx *tx, const char *field, const struct load *l, const char *what)
{
	bool has_sites = l->sites > 0;
	const char *n = arena_printf(
	    tx->arena, "%" PRId64, has_sites ? l->sites : l->tasks);

	if (has_sites)
		problem_add_words(tx->problems, field, "conflict",
		    l->sites == 1 ? "It has %s website. %s"
				  : "It has %s websites. %s",
		    n, what);
	else
		problem_add_words(tx->problems, field, "conflict",
		    l->tasks == 1 ? "It has %s task to do. %s"
				  : "It has %s tasks to do. %s",
		    n, what);
}

static bool
becomes(const struct values *v, const char *field, const char *word, bool is)
{
	int i = noun_field(v->noun, field);

	return values_has(v, (size_t)i) && str_eq(v->val[i].text, word) == is;
}

static void
check_change(struct tx *tx, const struct values *v, const struct load *l)
{
	int capacity = noun_field(v->noun, "capacitySites");

	if (values_has(v, (size_t)capacity) && v->val[capacity].num < l->sites)
		problem_add(tx->problems, "capacitySites", "conflict",
		    l->sites == 1 ? "It has %" PRId64
				    " website already. Let it drain, "
				    "if it is to get no more."
				  : "It has %" PRId64 " websites already. Let "
				    "it drain, if it is to get no more.",
		    l->sites);
	if (l->sites + l->tasks > 0 && becomes(v, "status", "retired", true))
		refuse(tx, "status", l, "Let it drain first.");
	if (l->sites > 0 && becomes(v, "role", "web", false))
		refuse(tx, "role", l, "They need a web server.");
}

static enum err
check(struct tx *tx, const struct values *v)
{
	struct load l;
	enum err e;

	if (v->op == NOUN_ADD)
		return OK;
	e = read_load(tx, &v->id, &l);
	if (e != OK)
		return e;
	if (v->op == NOUN_CHANGE)
		check_change(tx, v, &l);
	else if (l.sites + l.tasks > 0)
		refuse(
		    tx, "", &l, "Remove what is on it first, or let it drain.");
	return OK;
}

static const char *const name[] = {"name"};
static const struct noun_key keys[] = {
    {"servers_name", name, N_ELEMS(name), NULL, NULL,
	"There is a server with this name already."},
    {NULL},
};

static const struct noun_found found = {
    .title = "name",
    .text = "ipAddress",
    .status = "status",
    .icon = "server",
};

const struct noun servers_noun = {
    .name = "servers",
    .from = "servers v",
    .tenant = "v.tenant_id",
    .id = "v.id",
    .alive = "v.deleted_at IS NULL",
    .few = "a company has few servers",
    .found = &found,
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "server",
    .many = "Servers",
    .about = "Where your customers’ services run, and how they are.",
    .empty = "Add the first.",
    .page = "/servers",
    .api = "/api/admin/servers",
    .flat = "/api/servers",
    .table = "servers",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_SERVERS_READ,
    .may_write = PERM_SERVERS_WRITE,
    .key = keys,
    .check = check,
};
