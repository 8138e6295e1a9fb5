/* fragments.c - what each engine sees of one text.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "store/fragments.h"
#include "tap.h"

/* NULL: refused.  want is the text for SQLite, then for PostgreSQL. */
static const struct {
	const char *text;
	const char *want[DB_ENGINE__MAX];
	int n_values;
	int n_params[DB_ENGINE__MAX];
} cases[] = {
    {"SELECT 1", {"SELECT 1", "SELECT 1"}, 0, {0, 0}},
    {"", {"", ""}, 0, {0, 0}},
    {"a $2, $1, $12", {"a ?2, ?1, ?12", "a $2, $1, $12"}, 12, {12, 12}},
    {"a" SQL_PG("b") "c", {"ac", "a b c"}, 0, {0, 0}},
    {"a" SQL_LITE("b") "c", {"a b c", "ac"}, 0, {0, 0}},
    {"a" SQL_ILIKE "$1", {"a LIKE ?1", "a ILIKE $1"}, 1, {1, 1}},
    {"a $1" SQL_PG("$2"), {"a ?1", "a $1 $2 "}, 2, {1, 2}},
    {"a $1" SQL_LITE("$2"), {"a ?1 ?2 ", "a $1"}, 2, {2, 1}},
    {"a " SQL_FOR_UPDATE, {"a ", "a  FOR UPDATE "}, 0, {0, 0}},
    {"a " SQL_FOR_UPDATE_SKIP, {"a ", "a  FOR UPDATE SKIP LOCKED "}, 0, {0, 0}},
    /* within strings, names and comments nothing counts */
    {"'$1' \"$2\" -- $3\n/* $4 */",
	{"'$1' \"$2\" -- $3\n/* $4 */", "'$1' \"$2\" -- $3\n/* $4 */"}, 0,
	{0, 0}},
    {"'/*pg{*/ x /*}pg*/'", {"'/*pg{*/ x /*}pg*/'", "'/*pg{*/ x /*}pg*/'"}, 0,
	{0, 0}},
    {"-- /*pg{*/ x", {"-- /*pg{*/ x", "-- /*pg{*/ x"}, 0, {0, 0}},
    {"a" SQL_PG("'/*}pg*/'") "b", {"ab", "a '/*}pg*/' b"}, 0, {0, 0}},
    {"'it''s $1' $2", {"'it''s $1' ?2", "'it''s $1' $2"}, 2, {2, 2}},
    {"a $ $b $0", {"a $ $b $0", "a $ $b $0"}, 0, {0, 0}},
    {"$255", {"?255", "$255"}, 255, {255, 255}},
    /* refused */
    {"$256", {NULL, NULL}, 0, {0, 0}},
    {"$99999999999999", {NULL, NULL}, 0, {0, 0}},
    {"a /*pg{*/ b", {NULL, NULL}, 0, {0, 0}},
    {"a /*}pg*/ b", {NULL, NULL}, 0, {0, 0}},
    {"a /*pg{*/ b /*}lite*/", {NULL, NULL}, 0, {0, 0}},
    {"a" SQL_PG("b" SQL_FOR_UPDATE), {NULL, NULL}, 0, {0, 0}},
    {"a 'b", {NULL, NULL}, 0, {0, 0}},
    {"a \"b", {NULL, NULL}, 0, {0, 0}},
    {"a /* b", {NULL, NULL}, 0, {0, 0}},
    {"a" SQL_PG("'b"), {NULL, NULL}, 0, {0, 0}},
};

static void
test_case(size_t i, enum db_engine engine)
{
	const char *want = cases[i].want[engine];
	struct sql_cut cut;
	char got[256] = "untouched";
	bool good = sql_cut(cases[i].text, engine, got, &cut);

	if (want == NULL) {
		ok(!good, "text %zu is refused on %s", i,
		    db_engine_name(engine));
		return;
	}
	ok(good && strcmp(got, want) == 0 && cut.len == strlen(want) &&
		cut.n_values == cases[i].n_values &&
		cut.n_params == cases[i].n_params[engine],
	    "text %zu is cut for %s", i, db_engine_name(engine));
}

int
main(void)
{
	for (size_t i = 0; i < N_ELEMS(cases); i++)
		for (enum db_engine e = 0; e < DB_ENGINE__MAX; e++)
			test_case(i, e);
	return tap_done();
}
