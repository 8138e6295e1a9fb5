/* health_api.c - GET /api/health: can this worker serve?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/health_api.h"

#include "base/text.h"
#include "store/schema_version.h"

static const char *const features[] = {
    "orders",
    "billing",
    "provisioning",
    "hosting",
    "tenants",
};

/* What can be wrong, in words for whoever looks: "ok" when nothing is. */
static const char *
check_database(struct request *rq)
{
	int version;

	if (db_schema_version(rq->db, &version) != OK)
		return "unreachable";
	return version == DB_SCHEMA_VERSION ? "ok" : "wrong schema version";
}

static enum err
health(struct request *rq)
{
	const char *database = check_database(rq);
	bool is_well = str_eq(database, "ok");
	struct json_out *w = reply_json(rq, is_well ? 200 : 503);

	if (!is_well)
		reply_header(rq, "Retry-After", "2");
	json_open(w, NULL, '{');
	json_str(w, "status", is_well ? "ok" : "failing");
	json_str(w, "service", "mpanel");
	json_str(w, "version", PACKAGE_VERSION);
	json_time(w, "timestamp", rq->now);
	json_open(w, "features", '[');
	for (size_t i = 0; i < N_ELEMS(features); i++)
		json_str(w, NULL, features[i]);
	json_close(w, ']');
	json_open(w, "checks", '{');
	json_str(w, "database", database);
	json_close(w, '}');
	json_close(w, '}');
	return OK;
}

/* clang-format off */
const struct route health_routes[] = {
	/* Opens none itself: a database that is down is told, not a 503 of
	 * the gate's. */
	{ GET, "/api/health", POOL_UI, AUTH_NONE, PERM_SIGNED_IN, BODY_NONE,
	  ROUTE_OWN_TX, health, "health" },
	{ 0 },
};
/* clang-format on */
