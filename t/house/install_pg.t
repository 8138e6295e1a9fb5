#!/usr/bin/perl
# install_pg.t - the units run on PostgreSQL as INSTALL.md sets it up: one user
# of the system, two roles, no password; so do an upgrade and the way back.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Installed;
use MPanel::Machine;
use MPanel::Test;
use MPanel::Upgrade;
use Test::More;

need(MPanel::Machine::is_here(),
	'root, and util-linux, iproute2, strace, systemd: not all here');
need(MPanel::Installed::is_here('postgres'), 'postgresql is not installed');
need($ENV{MPANEL_BUILD}, 'run by t/run, which builds the programs');
my $m = MPanel::Machine->start;
need($m, 'the kernel makes no overlay here');

my $panel = MPanel::Installed->new($m, 'postgres');

sub test_units
{
	$panel->make($ENV{MPANEL_BUILD});
	$panel->start('mpanel');
	ok(wait_for(30, sub { ($m->run('test', '-S',
		'/run/mpanel/worker.sock'))[0] == 0 }),
		'the unit migrates and starts') or diag($panel->log_of('mpanel'));
	$panel->start('mpanel-work');
	$panel->make_edge;
	ok($panel->start_edge, 'and answers through nginx');
	$panel->make_tenant;
	test_health($panel, 'a new panel');
	like(($m->run($panel->once_of('mpanel-backup')))[1],
		qr/bytes, verified/, 'the nightly backup works');
	my ($status) = $m->run(qw(runuser -u postgres -- psql -h
		/run/postgresql -U mpanel -c), 'SELECT 1', 'mpanel');
	isnt($status, 0, 'nobody else is let in as the panel');
}

sub make_orders
{
	my $server = $panel->seed->{serverId};
	my $intake = $panel->make_token('--scope', 'orders:intake');
	my $worker = $panel->make_token('--scope', 'tasks:work', '--server',
		$server);

	like($panel->order($intake, 'pi_first'), qr/"orderNumber":"ORD-/,
		'an order is placed');
	$panel->work_off($worker);
	ok($panel->settle($intake, 'pi_first'), 'and carried out');
	return ($intake, sub { $panel->work_off($worker) });
}

test_units();
up_and_back($panel, 7, make_orders());
$panel->stop_all;
done_testing();
