/* action.c - what is done to a database, each one thing that may be done again.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "action.h"

#include "store/migrate.h"

enum err
place_open(struct place *p)
{
	struct db_options o = {.url = p->t.url};
	enum err e = db_open(&o, &p->t.db);

	return e == OK ? db_open(&o, &p->work) : e;
}

void
place_close(struct place *p)
{
	db_close(&p->t.db);
	db_close(&p->work);
}

enum err
action_open(struct place *p, struct action *a)
{
	(void)a;
	return p->t.db ? OK : place_open(p);
}

enum err
action_migrate(struct place *p, struct action *a)
{
	int applied;

	return migrate_to(p->work, a->steps, NULL, a->n_steps, &applied);
}

enum err
action_rows(struct place *p, struct action *a)
{
	struct tx tx;
	enum err e;

	tx_init(&tx, NULL, NULL, NULL, NULL);
	e = tx_begin(p->t.db, TX_WRITE, &tx);
	if (e == OK)
		e = db_script(p->t.db, a->sql);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

enum err
action_shop(struct place *p, struct action *a)
{
	(void)a;
	shop_open(&p->shop, &p->t, "acme");
	return OK;
}

enum err
action_act(struct place *p, struct action *a)
{
	return a->act.run(&p->shop, &a->act);
}

enum err
action_checkpoint(struct place *p, struct action *a)
{
	(void)a;
	return db_checkpoint(p->work);
}

enum err
action_checkpoint_beside_reader(struct place *p, struct action *a)
{
	struct tx reader;
	int64_t n;
	enum err e;

	(void)a;
	tx_init(&reader, NULL, NULL, NULL, NULL);
	e = tx_begin(p->t.db, TX_READ, &reader);
	if (e == OK)
		e = db_int(&reader, 0, &n, "SELECT count(*) FROM tenants");
	if (e == OK)
		e = db_checkpoint(p->work);
	tx_rollback(&reader);
	return e == E_BUSY ? OK : e;
}

enum err
action_halves(struct place *p, struct action *a)
{
	enum err e;

	a->sql = "UPDATE tenants SET name = 'one half'";
	e = action_rows(p, a);
	a->sql = "UPDATE tenants SET support_email = 'other@half.test'";
	return e == OK ? action_rows(p, a) : e;
}
