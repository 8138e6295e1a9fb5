/* company_rules.c - who must be asked and who must show a second factor.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/company_rules.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "identity/approval.h"
#include "identity/role.h"
#include "tenancy/tenant_setting.h"

enum rule { REFUND_OVER, REMOVALS_OVER, ROLE_CHANGES, FACTOR_ROLES, RULE__MAX };

static const char *const rule_names[RULE__MAX] = {
    [REFUND_OVER] = "approveRefundOver",
    [REMOVALS_OVER] = "approveRemovalsOver",
    [ROLE_CHANGES] = "approveRoleChanges",
    [FACTOR_ROLES] = "factorRequiredRoles",
};
/* What a looser one was, in a wish. */
static const char *const was_names[RULE__MAX] = {
    [REFUND_OVER] = "refundOverWas",
    [REMOVALS_OVER] = "removalsOverWas",
    [ROLE_CHANGES] = "roleChangesWas",
    [FACTOR_ROLES] = "factorRolesWas",
};

static size_t
at(enum rule rule)
{
	int i = noun_field(&tenant_settings_noun, rule_names[rule]);

	assert(i >= 0);
	return (size_t)i;
}

/* ---- what holds ---- */

/* The lower one; 0 is no limit. */
static int64_t
stricter(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

static enum err
combine(struct arena *a, const struct settings *machine,
    const struct db_val own[static RULE__MAX], struct company_rules *out)
{
	*out = (struct company_rules){
	    .refund_over = stricter(setting_int(machine, "approve_refund_over"),
		own[REFUND_OVER].num),
	    .removals_over =
		stricter(setting_int(machine, "approve_removals_over"),
		    own[REMOVALS_OVER].num),
	    .asks_roles = setting_bool(machine, "approve_role_changes") ||
			  own[ROLE_CHANGES].num != 0,
	    .factor_roles = arena_printf(a, "%s %s",
		setting_text(machine, "factor_required_roles"),
		own[FACTOR_ROLES].text),
	};
	return out->factor_roles ? OK : E_BUSY;
}

enum err
company_rules_get(
    struct tx *tx, const struct settings *machine, struct company_rules *out)
{
	struct db_val own[RULE__MAX];
	const char *roles = NULL;
	enum err e =
	    tenant_setting_int(tx, "approveRefundOver", &own[REFUND_OVER].num);

	if (e == OK)
		e = tenant_setting_int(
		    tx, "approveRemovalsOver", &own[REMOVALS_OVER].num);
	if (e == OK)
		e = tenant_setting_int(
		    tx, "approveRoleChanges", &own[ROLE_CHANGES].num);
	if (e == OK)
		e = tenant_setting_text(tx, "factorRequiredRoles", &roles);
	if (e != OK)
		return e;
	own[FACTOR_ROLES] = DB_TEXT(roles);
	return combine(tx->arena, machine, own, out);
}

/* ---- what would hold ---- */

static const struct db_val *
will_be(const struct values *v, enum rule rule)
{
	size_t i = at(rule);

	return values_has(v, i) ? &v->val[i] : &v->was[i];
}

static enum err
compare(const struct tenant_settings *s, const struct settings *machine,
    struct company_rules *was, struct company_rules *now)
{
	struct db_val before[RULE__MAX], after[RULE__MAX];
	enum err e;

	for (enum rule r = REFUND_OVER; r < RULE__MAX; r++) {
		before[r] = s->v.was[at(r)];
		after[r] = *will_be(&s->v, r);
	}
	e = combine(s->v.tx->arena, machine, before, was);
	return e == OK ? combine(s->v.tx->arena, machine, after, now) : e;
}

/* Somebody who needed a second factor would not any more. */
static enum err
drops_factor(struct tx *tx, const struct company_rules *was,
    const struct company_rules *now, bool *out)
{
	bool before = false, after = false;
	enum err e = OK;

	*out = false;
	for (const struct role *r = builtin_roles; e == OK && r->name; r++) {
		e = role_needs_factor(tx, r->name, was->factor_roles, &before);
		if (e == OK)
			e = role_needs_factor(
			    tx, r->name, now->factor_roles, &after);
		*out |= before && !after;
	}
	return e;
}

static bool
is_looser(int64_t was, int64_t now)
{
	return was != 0 && (now == 0 || now > was);
}

static enum err
find_loosened(struct tx *tx, const struct company_rules *was,
    const struct company_rules *now, bool out[static RULE__MAX])
{
	enum err e = drops_factor(tx, was, now, &out[FACTOR_ROLES]);

	out[FACTOR_ROLES] &= was->asks_roles;
	out[ROLE_CHANGES] = was->asks_roles && !now->asks_roles;
	out[REFUND_OVER] = is_looser(was->refund_over, now->refund_over);
	out[REMOVALS_OVER] = is_looser(was->removals_over, now->removals_over);
	return e;
}

/* ---- asking ---- */

static const char *
shown(const struct tenant_settings *s, enum rule rule, const struct db_val *val)
{
	struct arena *a = s->v.tx->arena;
	const struct field *f = &tenant_settings_noun.field[at(rule)];
	const char *raw = val->type == DB_T_INT
			      ? arena_printf(a, "%lld", (long long)val->num)
			      : val->text;

	return raw ? field_show(a, f, raw, NULL) : NULL;
}

/* As a form would send it, with the rules that become stricter in the same
 * breath; what a looser one was makes it another wish later. */
static const char *
wish_of(const struct tenant_settings *s, const bool loosened[static RULE__MAX])
{
	struct json_out w;
	struct buf b;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "group", settings_group_of(at(REFUND_OVER))->word);
	for (enum rule r = REFUND_OVER; r < RULE__MAX; r++) {
		if (loosened[r] || values_has(&s->v, at(r)))
			json_str_or_null(
			    &w, rule_names[r], shown(s, r, will_be(&s->v, r)));
		if (!loosened[r])
			continue;
		json_str_or_null(
		    &w, was_names[r], shown(s, r, &s->v.was[at(r)]));
	}
	json_close(&w, '}');
	return buf_move(s->v.tx->arena, &b);
}

static enum approval_says
sentence_of(const bool loosened[static RULE__MAX])
{
	if (loosened[ROLE_CHANGES])
		return APPROVAL_SAYS_RULE_ROLES;
	if (loosened[REFUND_OVER])
		return APPROVAL_SAYS_RULE_REFUNDS;
	if (loosened[REMOVALS_OVER])
		return APPROVAL_SAYS_RULE_REMOVALS;
	return APPROVAL_SAYS_RULE_FACTOR;
}

static enum err
need(struct tenant_settings *s, const bool loosened[static RULE__MAX],
    bool *granted_out, struct id *waiting_out)
{
	struct approval_wish wish = {
	    .action = APPROVAL_SETTINGS,
	    .id = s->v.tx->tenant,
	    .title = approval_title(
		s->v.tx->arena, sentence_of(loosened), NULL, NULL),
	    .json = wish_of(s, loosened),
	};

	if (wish.title == NULL || wish.json == NULL)
		return E_BUSY;
	return approval_need(s->v.tx, &wish, granted_out, waiting_out);
}

/* ---- changing ---- */

/* Each of the list is a role that is built in. */
static enum err
check_roles(struct tenant_settings *s)
{
	struct tx *tx = s->v.tx;
	size_t i = at(FACTOR_ROLES), before = tx->problems->n;
	json_t *list;

	if (!values_has(&s->v, i))
		return OK;
	list = json_own(tx->arena, s->v.val[i].text);
	for (size_t k = 0; k < json_array_size(list); k++) {
		const char *name = json_string_value(json_array_get(list, k));

		if (name && !role_builtin(name))
			problem_add(tx->problems, rule_names[FACTOR_ROLES],
			    "not_in_list", "“%s” is no built-in role.", name);
	}
	json_decref(list);
	if (list == NULL)
		return E_BUSY;
	return tx->problems->n == before ? OK : E_INPUT;
}

enum err
company_settings_change(struct tenant_settings *s,
    const struct settings *machine, bool *granted_out, struct id *waiting_out)
{
	bool loosened[RULE__MAX] = {false}, any = false;
	struct company_rules was, now;
	enum err e = check_roles(s);

	*granted_out = true;
	if (e == OK)
		e = tenant_settings_check(s);
	if (e == OK)
		e = compare(s, machine, &was, &now);
	if (e == OK)
		e = find_loosened(s->v.tx, &was, &now, loosened);
	for (enum rule r = REFUND_OVER; r < RULE__MAX; r++)
		any |= loosened[r];
	if (e == OK && any)
		e = need(s, loosened, granted_out, waiting_out);
	return e == OK && *granted_out ? tenant_settings_write(s) : e;
}
