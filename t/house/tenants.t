#!/usr/bin/perl
# tenants.t - each statement names the tenant of each table; and the loss of any
# one such predicate is noticed here.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Of the statements that stand whole in the program.  Those that it puts
# together are looked at as they are prepared: t/mutants/predicates.t, which
# also shows what a loss does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Armed;
use MPanel::Bound;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_TEST_SQLITE}, 'run by t/run, which makes the tables');
need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my %tables = tenant_tables($ENV{MPANEL_TEST_SQLITE});
my %across = named_across();

# ---- what it must tell apart ----

# SQL, and what is free in it.
my @samples = (
	['SELECT id FROM orders WHERE tenant_id = ?1', ''],
	['SELECT id FROM orders', 'orders orders'],
	['SELECT id FROM orders o WHERE o.id = ?1', 'orders o'],
	['SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id '
		. 'WHERE o.tenant_id = ?1', 'customers c'],
	['SELECT o.id FROM orders o JOIN customers c ON c.tenant_id = '
		. 'o.tenant_id WHERE o.tenant_id = ?1', ''],
	['SELECT o.id FROM orders o JOIN customers c ON c.tenant_id = '
		. 'o.tenant_id WHERE o.id = ?1', 'customers c, orders o'],
	['SELECT id FROM orders WHERE tenant_id = ?1 OR id = ?2',
		'orders orders'],
	['SELECT id FROM orders WHERE (tenant_id = ?1 OR 1 = 1) AND id = ?2',
		'orders orders'],
	['SELECT id FROM orders WHERE tenant_id = ?1 AND (id = ?2 OR id = ?3)',
		''],
	['SELECT id FROM orders WHERE tenant_id = ?1 AND customer_id IN '
		. '(SELECT id FROM customers WHERE name = ?2)',
		'customers customers'],
	['SELECT (SELECT name FROM customers c WHERE c.tenant_id = o.tenant_id '
		. 'AND c.id = o.customer_id) FROM orders o WHERE o.tenant_id = ?1',
		''],
	['SELECT id FROM orders WHERE tenant_id = ?1 UNION ALL SELECT id FROM '
		. 'invoices', 'invoices invoices'],
	['SELECT t.id FROM tenants t, orders o WHERE o.tenant_id = t.id', ''],
	['SELECT t.id FROM tenants t, orders o WHERE t.id = ?1', 'orders o'],
	['SELECT t.id FROM (SELECT tenant_id, id FROM orders UNION ALL SELECT '
		. 'tenant_id, id FROM invoices) t WHERE t.tenant_id = ?1', ''],
	['SELECT t.id FROM (SELECT tenant_id, id FROM orders UNION ALL SELECT '
		. 'tenant_id, id FROM invoices) t WHERE t.id = ?1',
		'handed_on t'],
	['SELECT t.id FROM (SELECT id FROM orders) t WHERE t.id = ?1',
		'orders orders'],
	['UPDATE orders SET status = ?2 WHERE id = ?1', 'orders orders'],
	['DELETE FROM roles WHERE tenant_id = ?1', ''],
	['INSERT INTO roles (tenant_id, id) VALUES (?1, ?2)', ''],
	['INSERT INTO roles (id) VALUES (?2)', 'roles, where it goes'],
	['INSERT INTO roles (tenant_id, id) SELECT ?1, r.id FROM roles r',
		'roles r'],
);
is(join(', ', unbound($_->[0], \%tables)), $_->[1], $_->[0]) for @samples;

# ---- the program's ----

# Statements that look for the tenant, or are for all: statement => why.
sub named_across
{
	return map { my ($why, $sql) = split /\t/, $_, 2; ($sql => $why) }
		grep { !/^#/ } split /\n/, slurp("$FindBin::Bin/tenants.tsv");
}

my @statements = MPanel::Armed::statements("$ENV{MPANEL_INST}/bin/mpanel");
cmp_ok(scalar @statements, '>', 800, 'the program has statements');

my @free = grep { unbound($_, \%tables) } @statements;
is(join("\n", map { join(', ', unbound($_, \%tables)) . "\t$_" }
	grep { !$across{$_} } @free), '', 'each names the tenant of each table');
my %is_free = map { $_ => 1 } @free;
is(join("\n", grep { !$is_free{$_} } sort keys %across), '',
	'but those that are named, and no others are');

my ($n, @unnoticed) = (0);
for my $sql (grep { !$is_free{$_} } @statements) {
	for my $nth (0 .. MPanel::Armed::predicates($sql) - 1) {
		$n++;
		push @unnoticed, "$nth\t$sql"
			unless unbound(MPanel::Armed::without($nth, $sql),
				\%tables);
	}
}
diag("$n predicates taken away");
is(join("\n", @unnoticed), '', 'and the loss of each predicate is noticed');
done_testing();
