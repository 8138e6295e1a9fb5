<?php
// list.php - the page of orders by PHP and PDO, plain or by Twig (?twig).
// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The panel's own statements on the same SQLite file, over a persistent
// connection; no session, no permission, no tabs.  The environment says where
// things are: BENCH_DB, BENCH_TENANT, BENCH_FRAME (head and tail of the page,
// orders.twig, a directory for compiled templates), BENCH_STATIC.
declare(strict_types=1);

const BADGES = [
	'completed' => ['good', 'ok', 'Completed'],
	'processing' => ['run', 'run', 'Processing'],
	'verifying' => ['run', 'run', 'Verifying'],
	'review' => ['warn', 'warn', 'In review'],
	'failed' => ['badc', 'bad', 'Failed'],
	'cancelled' => ['', 'ban', 'Cancelled'],
	'refunded' => ['', 'refund', 'Refunded'],
];

const LIST_ORDERS = <<<'SQL'
	SELECT o.id, o.number, c.name AS customer, o.primary_domain AS domain,
	o.products, o.status, o.total_minor, o.created_at
	FROM orders o LEFT JOIN customers c
	ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
	WHERE o.tenant_id = ? ORDER BY o.id DESC LIMIT 51
	SQL;
const COUNT_ORDERS = 'SELECT COUNT(*) FROM (SELECT 1 FROM orders o '
	. 'WHERE o.tenant_id = ? LIMIT 10001) AS matches';

function short_time(int $t): string
{
	$now = time();

	if (intdiv($t, 86400) === intdiv($now, 86400))
		return gmdate('H:i', $t);
	return gmdate(gmdate('Y', $t) === gmdate('Y', $now) ? 'j M' : 'j M Y',
		$t);
}

function row(array $r): array
{
	[$r['class'], $r['icon'], $r['word']] = BADGES[$r['status']];
	$r['total'] = '$' . number_format($r['total_minor'] / 100, 2, '.', '');
	$r['iso'] = gmdate('Y-m-d\TH:i:s\Z', $r['created_at']);
	$r['when'] = short_time($r['created_at']);
	return $r;
}

function ask(PDO $db, string $sql): array
{
	$st = $db->prepare($sql);
	$st->execute([getenv('BENCH_TENANT')]);
	return $st->fetchAll(PDO::FETCH_ASSOC);
}

function show_plain(array $rows, int $total): void
{
	$frame = getenv('BENCH_FRAME');
	$static = getenv('BENCH_STATIC');

	readfile("$frame/head");
	foreach ($rows as $r) {
		$r = array_map(
			fn ($v) => htmlspecialchars((string)$v, ENT_QUOTES), $r);
		echo "<tr><td class=\"k\"><a href=\"/orders/{$r['id']}\">",
			"{$r['number']}</a></td><td class=\"g\">{$r['customer']}",
			"</td><td class=\"q w2\">{$r['domain']}</td>",
			"<td class=\"q w3\">{$r['products']}</td>",
			"<td class=\"st\"><span class=\"b {$r['class']}\">",
			'<svg class="i" aria-hidden="true">',
			"<use href=\"$static/i.svg#{$r['icon']}\"/></svg>",
			"{$r['word']}</span>\n</td>",
			"<td class=\"m m1\">{$r['total']}</td>",
			"<td class=\"m q w2\"><time datetime=\"{$r['iso']}\" ",
			"title=\"{$r['iso']}\">{$r['when']}</time>\n</td></tr>\n";
	}
	echo "<!-- $total -->";
	readfile("$frame/tail");
}

function show_twig(array $rows, int $total): void
{
	require '/usr/share/php/Twig/autoload.php';
	$frame = getenv('BENCH_FRAME');
	$twig = new Twig\Environment(new Twig\Loader\FilesystemLoader($frame),
		['cache' => "$frame/compiled", 'auto_reload' => false]);

	$twig->display('orders.twig', ['rows' => $rows, 'total' => $total,
		'static' => getenv('BENCH_STATIC')]);
}

$db = new PDO('sqlite:' . getenv('BENCH_DB'), null, null,
	[PDO::ATTR_PERSISTENT => true]);
$db->exec('PRAGMA query_only = 1');
$total = (int)ask($db, COUNT_ORDERS)[0]['COUNT(*)'];
$rows = array_map('row', array_slice(ask($db, LIST_ORDERS), 0, 50));
header('Cache-Control: no-store');
isset($_GET['twig']) ? show_twig($rows, $total) : show_plain($rows, $total);
