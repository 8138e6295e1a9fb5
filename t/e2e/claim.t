#!/usr/bin/perl
# claim.t - 16 claimers, killed and paused as they work, do each task once.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A claimer that dies or stops holds its lease until the panel's clock has
# passed it: the panel is started again with a clock that is ahead.
# MPANEL_CLAIMS=2000 makes it long (make storm).
use strict;
use warnings;
use FindBin;
use HTTP::Tiny;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use List::Util qw(shuffle);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $tasks = $ENV{MPANEL_CLAIMS} // 200;
my $claimers = 16;
my $lease_s = 300;
my $seed = int($ENV{MPANEL_SEED} // time);
srand $seed;
diag("MPANEL_SEED=$seed, $tasks tasks");

my ($http, @tokens);

# Again until there is an answer: (status, what the JSON said).
sub call
{
	my ($panel, $token, $path, $body) = @_;

	$http //= HTTP::Tiny->new(timeout => 10,
		keep_alive => 0);
	for (1 .. 200) {
		my $r = $http->post($panel->url . "/api/worker/tasks/$path", {
			headers => { 'content-type' => 'application/json',
				authorization => "Bearer $token" },
			content => JSON::PP::encode_json($body) });
		return ($r->{status}, eval {
			JSON::PP::decode_json($r->{content})
		} // {}) if $r->{status} != 503 && $r->{status} != 599;
		sleep 0.02;
	}
	return (599, {});
}

# One line to a file that all claimers write.
sub jot
{
	my ($file, @words) = @_;

	open my $fh, '>>', $file or die "$file: $!";
	syswrite $fh, "@words\n";
	close $fh;
}

# One task of any server: (status, task, token).
sub claim_any
{
	my ($panel) = @_;

	for my $token (shuffle @tokens) {
		my ($status, $r) = call($panel, $token, 'claim',
			{ types => ['website'], leaseSeconds => $lease_s });
		return ($status, $r->{task}, $token)
			if $status != 200 || $r->{task};
	}
	return 200;
}

# Claim until there is nothing.  With $perils one in ten dies with a task in
# its hands and one in ten stops; those that go on later report late.
sub claimer
{
	my ($panel, $file, $perils) = @_;

	while (1) {
		my ($status, $task, $token) = claim_any($panel);
		return jot($file, 'claim', $status) if $status != 200;
		return unless $task;
		my %lease = (leaseToken => $task->{leaseToken});
		my $fate = $perils ? rand : 1;

		POSIX::_exit(9) if $fate < 0.1;
		if ($fate < 0.2) {
			kill STOP => $$;
			my ($beat) = call($panel, $token, "$task->{id}/heartbeat",
				{ %lease, progress => 50 });
			my ($late) = call($panel, $token, "$task->{id}/complete",
				{ %lease, status => 'success' });
			return jot($file, 'late', $task->{id}, $beat, $late);
		}
		my ($beat) = call($panel, $token, "$task->{id}/heartbeat",
			{ %lease, progress => 50 });
		my ($done) = call($panel, $token, "$task->{id}/complete",
			{ %lease, status => 'success' });
		jot($file, 'done', $task->{id}, $beat, $done);
	}
}

# Keep $claimers processes claiming until no task is left for them; returns
# those that are stopped and how many died.
sub claim_all
{
	my ($panel, $file, $perils) = @_;
	my (%running, @stopped);
	my ($died, $idle) = (0, 0);

	while (1) {
		while (!$idle && keys %running < $claimers) {
			my $pid = fork // die "fork: $!";
			if ($pid == 0) {
				srand(rand(2**31) + $$);
				claimer($panel, $file, $perils);
				POSIX::_exit(0);
			}
			$running{$pid} = 1;
		}
		my $pid = waitpid -1, POSIX::WUNTRACED();
		last if $pid < 0;
		next unless delete $running{$pid};
		if (POSIX::WIFSTOPPED(${^CHILD_ERROR_NATIVE})) {
			push @stopped, $pid;
		} elsif ($? >> 8 == 9) {
			$died++;
		} else {
			$idle = 1;
		}
		last unless keys %running;
	}
	return ($died, @stopped);
}

sub lines
{
	my ($file, $word) = @_;

	return map { [split ' '] } grep { /^$word / }
		-e $file ? split /\n/, slurp($file) : ();
}

sub go_ahead
{
	my ($panel, $seconds) = @_;

	$panel->stop;
	$panel->{set}{clock_offset_s} += $seconds;
	$panel->launch(60);
	undef $http;
}

sub statuses
{
	my ($panel) = @_;

	return { map { @$_ } rows($panel, 'SELECT status, count(*)
		FROM provisioning_tasks GROUP BY status') };
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 4,
		set => { clock_offset_s => 0 });
	my $file = $panel->state_dir . '.claims';
	@tokens = ($panel->ready->{workerToken});
	# A server of the demo has room for 1000 sites.
	for my $more (1 .. $tasks / 1000) {
		my ($status, $text) = $panel->run(qw(seed --tenant demo
			--server-name), "more$more");
		my $server = JSON::PP::decode_json($text)->{serverId};
		($status, $text) = $panel->run(qw(token add --tenant demo
			--scope tasks:work --server), $server);
		push @tokens, $text =~ /(\S+)/;
	}
	my @placed = at_once(8, sub {
		return $panel->intake(small_order($_[0]))->{status};
	}, map { "pi_claim_$_" } 1 .. $tasks);
	is(scalar(grep { $_ == 201 } @placed), $tasks,
		"$db: there are $tasks tasks");

	# ---- with perils ----
	my $begun = time;
	my ($died, @stopped) = claim_all($panel, $file, 1);
	my $took = time - $begun;
	my @done = lines($file, 'done');
	diag(sprintf '%s: %d done in %.1f s, %d claimers died, %d stopped',
		$db, scalar @done, $took, $died, scalar @stopped);
	cmp_ok($died, '>', 0, 'some died with a task in their hands');
	cmp_ok(scalar @stopped, '>', 0, 'some stopped');
	is($died + @stopped + @done, $tasks, 'each task was given to one');
	is(scalar(keys %{ { map { $_->[1] => 1 } @done } }), scalar @done,
		'and done by one');
	is_deeply([grep { "@$_[2, 3]" ne '200 200' } @done], [],
		'every heartbeat and report on a live lease is taken');
	is_deeply([lines($file, 'claim')], [], 'no claim was refused');
	is_deeply(statuses($panel), { success => scalar @done,
		in_progress => $died + @stopped }, 'the others are held');

	# ---- the leases run out ----
	go_ahead($panel, $lease_s + 1);
	# A claim looks after a hundred leases of its server.
	is_deeply([grep { $_->[0] != 200 || $_->[1]{task} }
		map { my $token = $_;
			map { [call($panel, $token, 'claim', {})] }
			0 .. $tasks / 100 } @tokens], [],
		'a task whose lease ran out is not given out at once');
	# mpanel work may be at it just now, and claims pass by what it holds.
	my $now;
	ok(wait_for(10, sub {
		$now = statuses($panel);
		return ($now->{pending} // 0) == $died + @stopped;
	}), 'it waits') or diag(explain($now));
	go_ahead($panel, 60);
	claim_all($panel, $file, 0);
	is_deeply(statuses($panel), { success => $tasks },
		'later others do what was left');
	is((rows($panel, 'SELECT max(attempt) FROM provisioning_tasks'))[0][0],
		2, 'at the second attempt');

	# ---- those that stopped go on ----
	kill CONT => @stopped;
	waitpid $_, 0 for @stopped;
	my @late = lines($file, 'late');
	is(scalar @late, scalar @stopped, 'those that stopped report late');
	is_deeply([grep { "@$_[2, 3]" ne '409 409' } @late], [],
		'each of their heartbeats and reports is refused');

	# ---- once ----
	is(scalar(lines($file, 'done')), $tasks, 'each task was done once');
	is_deeply([rows($panel, q{SELECT task_id, count(*) FROM task_events
		WHERE event = 'succeeded' GROUP BY task_id
		HAVING count(*) <> 1})], [], 'and succeeded once');
	for my $table (qw(websites subscriptions)) {
		is_deeply([rows($panel, "SELECT status, count(*) FROM $table
			GROUP BY status")], [['active', $tasks]],
			"every one of the $table is active");
	}
	is_deeply([rows($panel, q{SELECT status, count(*) FROM orders
		GROUP BY status})], [['completed', $tasks]],
		'every order is completed');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');

	# ---- a report again, and against the outcome ----
	$panel->intake(small_order('pi_claim_last'));
	my (undef, $one, $token) = claim_any($panel);
	my $id = $one->{id};
	my %success = (leaseToken => $one->{leaseToken}, status => 'success');
	my @same = map { [call($panel, $token, "$id/complete", \%success)] } 1, 2;
	is_deeply($same[1], $same[0], 'the same report gets the same answer');
	is($same[0][0], 200, 'which is success');
	is((call($panel, $token, "$id/complete", { %success, status => 'failed' }))[0],
		409, 'a report against the outcome is refused');
	is((call($panel, $token, "$id/complete", { status => 'success',
		leaseToken => 'mpl_wrong' }))[0], 409,
		'so is one with another token');
	$panel->stop;
}
done_testing();
