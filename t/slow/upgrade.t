#!/usr/bin/perl
# upgrade.t - an upgrade from the program of the schema before, built from the
# history, with data that it made; its death half way; and the way back.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# On a machine of its own for each engine (MPanel::Installed), by the commands
# of INSTALL.md (MPanel::Manual).  The older program is kept in the build
# directory.  MPANEL_SEED=N repeats the moments of the kills.
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::History;
use MPanel::Installed;
use MPanel::Machine;
use MPanel::Rows;
use MPanel::Test;
use MPanel::Upgrade;
use Test::More;
use Time::HiRes qw(sleep time);

use constant KILLS => 5;

need(MPanel::Machine::is_here(),
	'root, and util-linux, iproute2, strace, systemd: not all here');
need($ENV{MPANEL_BUILD}, 'run by t/run, which builds the programs');
need(MPanel::Installed::is_here($_), "$_ is not installed") for engines();
my ($commit, $why) = older_commit();
need($commit, $why);
my $older = older_build($commit);

my $seed = int($ENV{MPANEL_SEED} // time);
srand $seed;
diag("MPANEL_SEED=$seed, from $commit");

my $json = JSON::PP->new->utf8->canonical;
my $site = MPanel::Installed::SITE;
my ($panel, $engine);

# ---- what people and programs do ----

# Through the form, as a browser; returns the session's cookie.
sub sign_in
{
	my $m = $panel->{m};
	my $jar = '/tmp/jar';
	my ($csrf) = $panel->curl('-c', $jar, "$site/login") =~
		/name="csrf" value="([^"]+)"/;

	$panel->curl('-b', $jar, '-c', $jar, '-H', "Origin: $site",
		'--data-urlencode', 'email=boss@example.com',
		'--data-urlencode', 'password=' . MPanel::Installed::PASSWORD,
		'--data-urlencode', "csrf=$csrf", "$site/login");
	my ($cookie) = $m->read($jar) =~ /\t(\S*mp_session)\t(\S+)/
		? "$1=$2" : die 'no session';
	return $cookie;
}

# A pair of tokens, as a program that acts for a person gets it.
sub log_in
{
	return $json->decode($panel->post('', '/api/auth/login', {
		email => 'boss@example.com',
		password => MPanel::Installed::PASSWORD }));
}

sub me
{
	my ($pair) = @_;

	return $panel->status('-H', "Authorization: Bearer $pair->{accessToken}",
		"$site/api/auth/me");
}

# The address of the pages' styles, which says whose they are.
sub css
{
	return ($panel->curl("$site/login") =~ m{href="(/static/[^"]+\.css)"})[0];
}

# ---- the older program, and its data ----

sub start_older
{
	$panel->make($older);
	$panel->start($_) for qw(mpanel mpanel-work);
	$panel->make_edge;
	ok($panel->start_edge, "$engine: the older program serves")
		or BAIL_OUT($panel->log_of('mpanel'));
}

sub make_data
{
	my %d;

	$panel->make_tenant;
	my $seeded = $panel->seed;
	$d{intake} = $panel->make_token('--scope', 'orders:intake');
	$d{worker} = $panel->make_token('--scope', 'tasks:work', '--server',
		$seeded->{serverId});
	like($panel->order($d{intake}, "pi_old$_"), qr/"orderNumber":"ORD-/,
		"$engine: the older program takes order $_") for 1, 2;
	cmp_ok($panel->work_off($d{worker}), '>', 2,
		"$engine: and carries both out");
	ok($panel->settle($d{intake}, 'pi_old2'), "$engine: to the end");
	like($panel->order($d{intake}, 'pi_open'), qr/"orderNumber":"ORD-/,
		"$engine: a third is left open");
	$d{cookie} = sign_in();
	$d{pair} = log_in();
	$d{css} = css();
	return \%d;
}

# ---- killed half way ----

sub trial_url
{
	return ('--set', 'database=sqlite:/var/lib/mpanel/trial.db')
		if $engine eq 'sqlite';
	my $url = 'postgresql:///trial?host=/run/postgresql&user=mpanel';
	return ('--set', "database=$url", '--set',
		"database_owner=${url}_owner");
}

# Nobody may be at work in the first one.
sub copy_database
{
	my ($from, $to) = @_;

	if ($engine eq 'sqlite') {
		$panel->{m}->ok_run('sh', '-ec', 'cd /var/lib/mpanel; '
			. 'rm -f "$2".db*; for f in "$1".db*; do '
			. 'cp -p "$f" "$2${f#"$1"}"; done', 'sh', $from, $to);
		return;
	}
	$panel->as_postgres(qw(dropdb --force --if-exists), $to);
	$panel->as_postgres(qw(createdb -O mpanel_owner -T), $from, $to);
}

sub keep_older
{
	$panel->stop($_) for qw(mpanel-work mpanel);
	copy_database('mpanel', 'older');
	$panel->start($_) for qw(mpanel mpanel-work);
	ok($panel->is_well, "$engine: the older program starts again");
}

sub trial_log { return "$panel->{m}{dir}.trial.log" }

sub steps_done { return scalar(() = slurp(trial_log()) =~ /"migrated"/g) }

# A migration of the trial, to its end or until it has done $steps and $seconds
# more have passed.  Returns its status, and how long it took.
sub migrate_trial
{
	my ($steps, $seconds) = @_;
	my $m = $panel->{m};
	my $begun = time;

	unlink trial_log();
	my $pid = spawn(trial_log(), $m->nsenter, 'chroot', $m->{root},
		MPanel::Machine::as_of($panel->{unit}{mpanel}),
		qw(/usr/bin/mpanel --config /etc/mpanel.conf), trial_url(),
		'migrate');
	if (defined $steps) {
		sleep 0.001 until -e trial_log() && steps_done() >= $steps
			or time > $begun + 20;
		sleep $seconds;
		kill KILL => $pid;
	}
	waitpid $pid, 0;
	return ($?, time - $begun);
}

# One that is killed, and what comes of it; returns where it was.
sub kill_one
{
	my ($before, $schema, $steps, $seconds) = @_;

	copy_database('older', 'trial');
	my ($status) = migrate_trial($steps, $seconds);
	my $step = schema_version($panel, 'trial');
	is((migrate_trial())[0], 0, "$engine: a migration that was killed "
		. "$seconds s after $steps steps is taken up again")
		or diag(slurp(trial_log()));
	is(schema_take($panel, 'trial'), $schema,
		"$engine: to the schema of one that was not");
	is(rows_differ($before, rows_take($panel, $before, 'trial')),
		'', "$engine: with all rows");
	return $status == 9 ? $step : ();
}

sub test_kills
{
	my $before = rows_take($panel, undef, 'older');
	my @at;

	copy_database('older', 'trial');
	my ($status, $whole) = migrate_trial();
	my $steps = steps_done();
	is($status, 0, "$engine: an undisturbed migration of $steps steps")
		or diag(slurp(trial_log()));
	my $schema = schema_take($panel, 'trial');
	for (1 .. 4 * KILLS) {
		push @at, kill_one($before, $schema, int rand $steps,
			rand $whole / $steps / 2);
		last if @at == KILLS;
	}
	cmp_ok(scalar @at, '>', 0, "$engine: some were killed");
	diag("$engine: killed at steps @at");
	$panel->{m}->ok_run('sh', '-c',
		'rm -f /var/lib/mpanel/trial.db* /var/lib/mpanel/older.db*');
}

# ---- upgrade ----

# An access token lives for minutes: it may be refused, the other may not.
sub test_pair
{
	my ($d) = @_;
	my %pair = %{ $d->{pair} };
	my $status = me(\%pair);

	%pair = %{ $json->decode($panel->post('', '/api/auth/refresh',
		{ refreshToken => $pair{refreshToken} })) } if $status == 401;
	is(me(\%pair), 200, "$engine: who had a refresh token needs no password");
}

sub test_doors
{
	my ($d) = @_;

	is($panel->status('-b', $d->{cookie}, "$site/dashboard"), 200,
		"$engine: who was signed in is");
	test_pair($d);
	like($panel->order($d->{intake}, 'pi_old1'), qr/"replayed":true/,
		"$engine: an old order is known by its key");
	is($panel->status($site . css()), 200,
		"$engine: pages have their styles");
}

sub test_orders
{
	my ($d, $intent, $who) = @_;

	like($panel->order($d->{intake}, $intent), qr/"orderNumber":"ORD-/,
		"$engine: $who takes an order");
	$panel->work_off($d->{worker});
	ok($panel->settle($d->{intake}, $intent),
		"$engine: which is carried out by an old key");
}

# The older program before the newer schema.
sub test_refusals
{
	my ($backup) = @_;
	my $m = $panel->{m};
	my $old = '/root/mpanel.old/usr/bin/mpanel';

	$panel->stop($_) for qw(mpanel-work mpanel);
	my $before = rows_take($panel);
	for my $args (['migrate'], ['serve'], [qw(work --once)], ['doctor'],
		['restore', $backup], [qw(tenant list)], ['backup', '/tmp/x']) {
		my ($status, $text) = $m->run('timeout', 20, $old, '--config',
			'/etc/mpanel.conf', @$args);
		ok($status != 0 && $text =~ /schema version \d+, which is newer/,
			"$engine: the older program refuses `@$args` and says "
			. 'why') or diag("$status $text");
	}
	is(rows_differ($before, rows_take($panel)), '',
		"$engine: and writes nothing");
	$panel->start($_) for qw(mpanel mpanel-work);
	ok($panel->is_well, "$engine: today's goes on");
}

# ---- all of it ----

sub test
{
	my $m = MPanel::Machine->start;
	need($m, 'the kernel makes no overlay here');
	$panel = MPanel::Installed->new($m, $engine);

	start_older();
	my $d = make_data();
	test_health($panel, 'the older program\'s data');
	keep_older();
	my $then = upgrade($panel);
	my $backup = newest_backup($panel);
	test_kills();
	test_doors($d);
	like($panel->curl('-I', $site . css()), qr/immutable/,
		"$engine: browsers may keep today's styles");
	test_orders($d, 'pi_new', 'today\'s program');
	test_health($panel, 'today\'s');
	test_refusals("/var/backups/mpanel/$backup");
	roll_back($panel, $backup, $then);
	test_doors($d);
	is(css(), $d->{css}, "$engine: with the styles of then");
	test_orders($d, 'pi_again', 'the older program');
	test_health($panel, 'the older program\'s');
	upgrade($panel);
	test_orders($d, 'pi_newer', 'today\'s program, the second time,');
	test_health($panel, 'a second upgrade\'s');
	$panel->stop_all;
}

for my $e (engines()) {
	$engine = $e;
	test();
}
done_testing();
