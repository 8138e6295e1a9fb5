# Victim.pm - a panel with something to attack in it.
# SPDX-License-Identifier: AGPL-3.0-or-later
package Victim;
use strict;
use warnings;
use Exporter 'import';
use MPanel::Orders;

our @EXPORT = qw(bodies ids_of make_victim);

# What stands before a parameter of a route, and the table that it names.
my %tables = (customers => 'customers', domains => 'domains',
	'intake-refusals' => 'intake_refusals', invoices => 'invoices',
	orders => 'orders', payments => 'payments',
	refusals => 'intake_refusals', servers => 'servers',
	subscriptions => 'subscriptions', tasks => 'provisioning_tasks',
	websites => 'websites');

# Orders of each kind: placed, in review, refused.
sub make_victim
{
	my ($panel) = @_;

	for my $i (1 .. 8) {
		$panel->intake(small_order("pi_mine_$i"));
		my $odd = small_order("pi_odd_$i");
		$odd->{items}[0]{unitPrice} = '1.00';
		$panel->intake($odd);
		$panel->intake(small_order("pi_bad_$i", customerEmail => 'none'));
	}
}

# Ids of rows, by the word before the parameter.
sub ids_of
{
	my ($panel) = @_;

	return { map {
		$_ => [map { $_->[0] } rows($panel,
			"SELECT id FROM $tables{$_} LIMIT 40")]
	} keys %tables };
}

# Bodies that get through to the flow; a code makes a new one each time.
sub bodies
{
	return {
		'/api/public/orders/stripe-completed' => sub {
			small_order('pi_m' . int rand 1e12) },
		'/api/admin/intake-refusals/:id/place' => sub {
			small_order('pi_p' . int rand 1e12) },
		'/api/admin/orders/:id/correct' => { items => [{ item => 0,
			domain => 'x.example.com' }] },
		'/api/worker/tasks/claim' => { types => ['website'] },
		'/api/worker/tasks/:id/heartbeat' => { leaseToken => 'mpl_x' },
		'/api/worker/tasks/:id/complete' => { status => 'success' },
		'/api/agent/metrics' => { timestamp => '2026-01-01T00:00:00Z',
			metrics => { cpu => { usage => 1.5 } } },
		'/api/public/checkout' => { slug => 'starter',
			term => 'annually', email => 'a@example.com' },
		'/api/auth/login' => sub { { email => 'x' . int(rand 1e9)
			. '@example.com', password => 'wrong-password' } },
		'/api/auth/refresh' => { refreshToken => 'mpr_x' },
	};
}

1;
