#!/usr/bin/perl
# soak.t - after very many requests of all kinds the panel is what it was.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Pages, lists, orders and their repetitions, tasks claimed and done, log-ins,
# and everything that is refused, in proportion; the same workers all the time.
# Their memory and descriptors and the log of SQLite are looked at in between.
# MPANEL_SOAK=1000000 requests make it long (make soak).
use strict;
use warnings;
use Fcntl ':flock';
use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(max sum0);
use MPanel::Load;
use MPanel::Orders;
use MPanel::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $requests = $ENV{MPANEL_SOAK} // 2500;
my $is_long = $requests > 10_000;
my $parts = $is_long ? 20 : 5;
my $warm_up = $is_long ? 6 : 2;	# parts that do not count
my $workers = 2;
my $seed = int($ENV{MPANEL_SEED} // time);
srand $seed;
diag("MPANEL_SEED=$seed, $requests requests");

# NAME:WEIGHT:FILE, in a thousand.
sub mix
{
	my ($panel, $load) = @_;
	my $ready = $panel->ready;
	my %staff = (token => $load->token);
	my %session = (cookie => $load->cookie);
	my %shop = (token => $ready->{intakeToken});
	my $get = sub { $load->request(GET => @_) };

	return (
		'health:100:' . $get->('/api/health'),
		'plans:150:' . $get->('/api/public/plans'),
		'orders:100:' . $get->('/api/admin/orders', %staff),
		'summary:40:' . $get->('/api/admin/dashboard/summary', %staff),
		'tasks:60:' . $get->('/api/admin/provisioning/tasks', %staff),
		'customers:50:' . $get->('/api/admin/customers?limit=10', %staff),
		'page:60:' . $get->('/orders', %session),
		'dashboard:30:' . $get->('/dashboard', %session),
		'door:40:' . $get->('/login'),
		'order:20:' . $load->intake,
		'repeated:60:' . $load->request(POST => INTAKE, %shop,
			json => small_order('pi_soak')),
		'altered:20:' . $load->request(POST => INTAKE, %shop, json =>
			small_order('pi_soak', customerName => 'Another')),
		'malformed:20:' . $load->request(POST => INTAKE, %shop,
			body => '{"stripePaymentIntentId": '),
		'nobody:61:' . $get->('/api/admin/orders'),
		'stranger:40:' . $get->('/api/admin/orders',
			token => 'mpk_' . 'x' x 43),
		'nothing:60:' . $get->('/api/nothing/here'),
		'nopage:30:' . $get->('/nothing/here'),
		'method:29:' . $load->request(POST => '/api/health', json => {}),
		'query:30:' . $get->('/api/public/plans?nothing=1'),
	);
}

my %refused = (altered => 409, malformed => 400, nobody => 401,
	stranger => 401, nothing => 404, nopage => 404, method => 405,
	query => 400);

# While what this returns is kept, nobody else logs in: that takes 64 MiB.
sub no_log_in
{
	my ($panel) = @_;

	open my $lock, '>', $panel->state_dir . '.log_in' or die "lock: $!";
	until (flock $lock, LOCK_EX) {
		$!{EINTR} or die "flock: $!";
	}
	return $lock;
}

# A node that claims tasks and does them, and somebody who logs in, one at a
# time, until it is told to stop; then it says what was not 200.
sub start_node
{
	my ($panel, $file) = @_;
	my $pid = fork // die "fork: $!";
	my ($is_over, @bad, $calls);
	my $check = sub {
		push @bad, $_[0]{status} if $_[0]{status} != 200;
		return $_[0];
	};

	return $pid if $pid;
	local $SIG{TERM} = sub { $is_over = 1 };
	until ($is_over) {
		my $task = $check->($panel->worker('tasks/claim'))->{json}{task};
		$check->($panel->worker("tasks/$task->{id}/complete", {
			leaseToken => $task->{leaseToken},
			status => 'success' })) if $task;
		if ($calls++ % 20 == 0) {
			my $alone = no_log_in($panel);
			eval { $panel->admin_token; 1 } or push @bad, $@;
		}
		sleep 0.05;
	}
	open my $fh, '>', $file or POSIX::_exit(1);
	print $fh "$_\n" for @bad;
	close $fh;
	POSIX::_exit(0);
}

sub look
{
	my ($panel, $load) = @_;
	my $wal = $panel->state_dir . '/data/mpanel.db-wal';
	my $quiet = no_log_in($panel);

	return {
		wal => (-s $wal) // 0,
		map { $_ => { pss => MPanel::Load::pss($_),
			fds => MPanel::Load::descriptors($_) } }
			$load->workers('master'),
	};
}

# Least squares: KiB per part.
sub slope
{
	my (@y) = @_;
	my $n = @y;
	my ($mx, $my) = (($n - 1) / 2, sum0(@y) / $n);
	my $below = sum0(map { ($_ - $mx) ** 2 } 0 .. $n - 1);

	return sum0(map { ($_ - $mx) * ($y[$_] - $my) } 0 .. $n - 1) / $below;
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => $workers,
		set => { worker_max_requests => 1_000_000_000,
			worker_max_memory_mb => 1024,
			jwt_ttl_s => 86_400, # it may take longer
			rate_login_account => 1_000_000,
			rate_login_address => 1_000_000 });
	# A server of the demo has room for 1000 sites.
	$panel->run('seed', '--tenant', 'demo', '--server-name', "more$_")
		for 1 .. $requests / 40_000;
	my $load = MPanel::Load->new($panel);
	is($panel->intake(small_order('pi_soak'))->{status}, 201,
		"$db: an order is there to be repeated");
	my @mix = mix($panel, $load);
	my $said = $panel->state_dir . '.node';
	my $node = start_node($panel, $said);

	my (@seen, %statuses, $broken);
	my $begun = time;
	for my $part (1 .. $parts) {
		my $r = $load->flood(\@mix, connections => 16,
			requests => int($requests / $parts), seconds => 3600,
			seed => $seed % 50_000 + $part);
		for my $name (keys %{ $r->{kinds} }) {
			my $k = $r->{kinds}{$name};
			$broken += $k->{broken} + $k->{late};
			$statuses{$name}{$_} += $k->{status}{$_}
				for keys %{ $k->{status} };
		}
		push @seen, look($panel, $load);
	}
	my $took = time - $begun;
	kill TERM => $node;
	waitpid $node, 0;

	is(slurp($said), '', 'tasks are claimed and done, log-ins succeed');
	is($broken, 0, 'every request is answered');
	is_deeply([map { my $name = $_; map { "$name $_" } grep {
		$refused{$name} ? $_ != $refused{$name} : !/^20[012]$/
	} keys %{ $statuses{$name} } } sort keys %statuses], [],
		'each as it should be, none with 5xx');

	# ---- the same as before ----
	my @counted = @seen[$warm_up .. $#seen];
	my @pids = grep { $_ ne 'wal' } sort keys %{ $counted[0] };
	is_deeply([grep { $_ ne 'wal' } sort keys %{ $counted[-1] }], \@pids,
		'no worker has been replaced');
	# Each of the pool for pages has about this share of a part.
	my $hundred_thousands = $requests / $parts / $workers / 100_000;
	my %slopes = map { my $pid = $_; ($pid =>
		slope(map { $_->{$pid}{pss} } @counted)) } @pids;
	my $worst = max(map { $_ / $hundred_thousands } values %slopes);
	my @fds = map { my $pid = $_;
		my @n = sort { $a <=> $b } map { $_->{$pid}{fds} } @counted;
		$n[-1] - $n[0] } @pids;
	my $wal = max(map { $_->{wal} } @seen);
	diag(sprintf '%s: %d requests in %.0f s; memory of a worker %s KiB, ' .
		'steepest slope %.0f KiB per 100,000 of its requests; ' .
		'descriptors %s more or less; WAL at most %d KiB', $db,
		$requests, $took, join('/', map { $counted[-1]{$_}{pss} } @pids),
		$worst, join('/', @fds), $wal / 1024);
	if ($is_long) {
		cmp_ok($worst, '<=', 64, "no worker's memory grows");
	} else {
		cmp_ok(max(map { $_ * ($parts - $warm_up) } values %slopes),
			'<', 8192, "no worker's memory runs away");
	}
	# One more while a request is in flight.
	cmp_ok(max(@fds), '<=', 1, 'nor does the number of open files');
	cmp_ok($wal, '<', 64 << 20, 'the write-ahead log is bounded');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
