// server.js - the lists of the panel by Express and pg, as one would write them.
// SPDX-License-Identifier: AGPL-3.0-or-later
//
//	node server.js PORT SOCKET-DIRECTORY TENANT PROCESSES
//
// The panel's own statements, prepared by name, over the same database, as a
// role that row-level security does not slow down; no session, no permission,
// no web server in front.
'use strict';
const cluster = require('node:cluster');
const express = require('express');
const pg = require('pg');

const [port, socket, tenant, processes] = process.argv.slice(2);

// bigint as a number: all of ours are small enough.
pg.types.setTypeParser(20, Number);

const pool = new pg.Pool({ host: socket, user: 'postgres',
	database: 'mpanel', max: 4 });

const countOrders = {
	name: 'count-orders',
	text: `SELECT COUNT(*) AS n FROM (SELECT 1 FROM orders o
		JOIN customers c
		ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
		WHERE o.tenant_id = $1 LIMIT 10001) AS matches`,
	values: [tenant],
};
const listOrders = {
	name: 'list-orders',
	text: `SELECT o.id, o.number, o.status, o.customer_id, c.name, c.email,
		o.total_minor, o.received_minor, o.currency,
		o.payment_intent_id, o.primary_domain, o.coupon_code,
		o.discount_minor, o.placed_by,
		o.decided_by, o.decided_at, o.completed_at, o.version,
		o.created_at, o.updated_at
		FROM orders o JOIN customers c
		ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
		WHERE o.tenant_id = $1 ORDER BY o.id DESC LIMIT 51`,
	values: [tenant],
};
const listPlans = {
	name: 'list-plans',
	text: `SELECT p.id, p.code, p.name, p.description, p.type, x.period,
		x.currency, x.price_minor, x.setup_fee_minor
		FROM products p JOIN product_prices x
		ON x.tenant_id = p.tenant_id AND x.product_id = p.id
		WHERE p.tenant_id = $1 AND p.status = 'active'
		AND p.deleted_at IS NULL
		ORDER BY p.position, p.code, x.currency, x.price_minor`,
	values: [tenant],
};
const periods = {
	month: ['monthly', 1], quarter: ['quarterly', 3],
	halfyear: ['semiannually', 6], year: ['annually', 12],
	'2years': ['biennially', 24], '3years': ['triennially', 36],
	once: ['once', 0],
};

const money = (minor) => minor === null ? null : minor / 100;
const time = (t) => t === null ? null
	: new Date(t * 1000).toISOString().replace('.000', '');

function order(r)
{
	return {
		id: r.id, number: r.number, status: r.status,
		customerId: r.customer_id, customerName: r.name,
		customerEmail: r.email, total: money(r.total_minor),
		received: money(r.received_minor), currency: r.currency,
		paymentIntentId: r.payment_intent_id,
		primaryDomain: r.primary_domain, couponCode: r.coupon_code,
		discount: money(r.discount_minor), placedBy: r.placed_by,
		decidedBy: r.decided_by, decidedAt: time(r.decided_at),
		completedAt: time(r.completed_at), version: r.version,
		createdAt: time(r.created_at), updatedAt: time(r.updated_at),
	};
}

async function orders(req, res)
{
	const [count, list] = await Promise.all(
		[pool.query(countOrders), pool.query(listOrders)]);
	const items = list.rows.slice(0, 50).map(order);
	const n = count.rows[0].n;
	const reply = { items, total: Math.min(n, 10000) };
	const last = items[items.length - 1];

	if (n > 10000)
		reply.totalIsLowerBound = true;
	reply.nextCursor = list.rows.length > 50
		? Buffer.from(`>${last.id}\0${last.id}`).toString('hex') : null;
	res.json(reply);
}

async function plans(req, res)
{
	const byId = new Map();

	for (const r of (await pool.query(listPlans)).rows) {
		const [label, months] = periods[r.period];

		if (!byId.has(r.id))
			byId.set(r.id, { id: r.id, code: r.code, slug: r.code,
				name: r.name, description: r.description,
				type: r.type, billing: [] });
		byId.get(r.id).billing.push({ term: label, period: r.period,
			label, months, price: money(r.price_minor),
			currency: r.currency,
			setupFee: money(r.setup_fee_minor) });
	}
	res.json({ plans: [...byId.values()] });
}

if (cluster.isPrimary) {
	for (let i = 0; i < Number(processes); i++)
		cluster.fork();
} else {
	const app = express();

	app.disable('etag');
	app.disable('x-powered-by');
	app.get('/api/admin/orders', orders);
	app.get('/api/public/plans', plans);
	app.listen(Number(port), '127.0.0.1');
}
