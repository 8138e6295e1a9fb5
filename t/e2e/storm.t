#!/usr/bin/perl
# storm.t - orders come in while the processes that take them are killed.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Clients do what clients do: no answer or 503 means the same call again.
# MPANEL_STORM=5000 makes a long storm (make storm), in which the master, `mpanel
# work`, the agent and PostgreSQL are killed too.
use strict;
use warnings;
use FindBin;
use HTTP::Tiny;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $intakes = $ENV{MPANEL_STORM} // 200;
my $is_long = $intakes > 200;
my $deliveries = 3;
my $clients = 8;
my $patience = 60;	# seconds, for one delivery
my $seed = int($ENV{MPANEL_SEED} // time);
srand $seed;
diag("MPANEL_SEED=$seed, $intakes intakes");

sub children
{
	my ($parent) = @_;

	open my $fh, '<', "/proc/$parent/task/$parent/children" or return;
	return split ' ', <$fh> // '';
}

sub pids
{
	my ($panel) = @_;

	return eval { JSON::PP::decode_json(
		slurp($panel->state_dir . '/ready.json'))->{pids} } // {};
}

# Who dies next: a worker, or in a long storm now and then another part.
sub victim
{
	my ($panel, $round) = @_;
	my $pids = pids($panel);

	if ($is_long && $round % 25 == 0) {
		my $part = (qw(master work agent postgres))[rand 4];
		return ($part, $pids->{$part}) if $part ne 'postgres';
		my $file = $panel->state_dir . '/pg/data/postmaster.pid';
		return ('postgres', -e $file && (split /\n/, slurp($file))[0]);
	}
	my @workers = children($pids->{master} // 0);
	return ('worker', @workers && $workers[rand @workers]);
}

# A process that kills until it is told to stop; says how many it killed.
sub start_killer
{
	my ($panel, $every_s) = @_;
	my $said = "$ENV{TMPDIR}/killed.$$." . int(time * 1000);
	my $pid = fork // die "fork: $!";

	return ($pid, $said) if $pid;
	my ($over, %killed);
	$SIG{TERM} = sub { $over = 1 };
	for (my $round = 1; !$over && $round < 100_000; $round++) {
		sleep $every_s;
		my ($part, $who) = victim($panel, $round);
		$killed{$part}++ if $who && kill KILL => $who;
	}
	open my $fh, '>', $said or POSIX::_exit(1);
	print $fh JSON::PP::encode_json(\%killed);
	close $fh;
	POSIX::_exit(0);
}

sub stop_killer
{
	my ($pid, $said) = @_;

	kill TERM => $pid;
	waitpid $pid, 0;
	return JSON::PP::decode_json(slurp($said));
}

my $http;

sub deliver
{
	my ($panel, $intent) = @_;
	my $body = shuffled_json(small_order($intent));
	my $end = time + $patience;

	$http //= HTTP::Tiny->new(timeout => 10,
		keep_alive => 0);
	for (my $tries = 1; ; $tries++) {
		my $r = $http->post($panel->url . INTAKE, {
			headers => { 'content-type' => 'application/json',
				authorization => "Bearer "
					. $panel->ready->{intakeToken} },
			content => $body });
		if ($r->{status} != 503 && $r->{status} != 599
			|| time > $end) {
			(my $text = $r->{content}) =~
				s/"replayed":(?:true|false)/"replayed":0/;
			return [$r->{status}, $text, $tries];
		}
		sleep 0.01 + rand 0.05;
	}
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 4,
		agent => $is_long ? 1 : 0, patience => 60);
	# A server of the demo has room for 1000 sites.
	$panel->run('seed', '--tenant', 'demo', '--server-name', "more$_")
		for 1 .. $intakes / 1000;
	my @intents = map { "pi_storm_$_" } 1 .. $intakes;
	my @jobs = map { @intents } 1 .. $deliveries;
	my @order = sort { $a->[0] <=> $b->[0] } map { [rand, $_] } @jobs;
	@jobs = map { $_->[1] } @order;

	my $begun = time;
	my @killer = start_killer($panel, $is_long ? 0.2 : 0.1);
	my @got = at_once($clients, sub { deliver($panel, $_[0]) }, @jobs);
	my $took = time - $begun;
	my $killed = stop_killer(@killer);

	my (%statuses, %answers, %placed);
	my $retried = 0;
	for my $i (0 .. $#jobs) {
		my ($status, $text, $tries) = @{ $got[$i] };
		$statuses{$status}++;
		$answers{ $jobs[$i] }{$text}++;
		$placed{ $jobs[$i] }++ if $status == 201;
		$retried += $tries - 1;
	}
	diag(sprintf '%s: %d deliveries in %.1f s, %d repeated; killed %s',
		$db, scalar @jobs, $took, $retried, join ', ',
		map { "$_ $killed->{$_}" } sort keys %$killed);

	cmp_ok($killed->{worker} // 0, '>=', 10, "$db: workers were killed");
	is_deeply([grep { !/^20[01]$/ } keys %statuses], [],
		'every delivery was answered with success in the end')
		or diag(join ', ', map { "$_: $statuses{$_}" } keys %statuses);
	is(scalar(grep { $_ > 1 } values %placed), 0,
		'no intent was placed twice');
	is(scalar(grep { keys %$_ != 1 } values %answers), 0,
		'all answers for an intent are equal but for `replayed`');

	ok(wait_for(30, sub { $panel->get('/api/health')->{status} == 200 }),
		'the panel is healthy after the storm');
	is((rows($panel, 'SELECT count(DISTINCT payment_intent_id) FROM orders'
		))[0][0], $intakes, 'every intent has an order');
	my @counts = rows($panel, join ' UNION ALL ', map {
		"SELECT '$_', count(*) FROM $_"
	} qw(orders intakes invoices payments subscriptions customers
		provisioning_tasks));
	is_deeply([grep { $_->[1] != $intakes } @counts], [],
		'and there is one of everything for each');
	is((rows($panel, q{SELECT count(*) FROM outbox
		WHERE template LIKE '%order%'}))[0][0], $intakes,
		'and one mail');
	is((rows($panel, 'SELECT count(*) FROM intake_refusals'))[0][0], 0,
		'nothing was refused');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');

	if ($is_long) {
		my ($done) = map { $_->[0] } rows($panel, q{SELECT count(*)
			FROM provisioning_tasks WHERE status = 'success'});
		diag("$db: the agent has made $done websites meanwhile");
		cmp_ok($done, '>', 0, 'the agent went on working');
	}
	ok(defined $panel->stop, 'it stops');
}
done_testing();
