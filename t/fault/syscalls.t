#!/usr/bin/perl
# syscalls.t - the sacred path goes on while the kernel refuses and interrupts.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# strace makes system calls of a running panel fail: of the master and its
# workers, of `mpanel work` and of the agent with its executor.  Meanwhile a
# client orders as clients do (no answer or 503: the same call again), and the
# agent makes the website.  What must hold: the order is placed once and
# completed, no answer is a wrong one, no process turns in circles, and
# everything is as before when the faults end.
#
# Short reads can't be made this way: strace can say that fewer bytes came, but
# not bring them.  t/fault/short.t makes them.
#
# By default two of the faults on each engine, chosen by MPANEL_SEED (1); MPANEL_FAULTS=all takes
# every one of them, MPANEL_FAULT=WORDS those that are called so.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(shuffle sum0);
use MPanel::Orders;
use MPanel::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(-x '/usr/bin/strace', 'strace is not installed');
need($> == 0, 'strace needs root to look at other users\' processes');

my $all = ($ENV{MPANEL_FAULTS} // '') eq 'all';
my $seed = int($ENV{MPANEL_SEED} // 1);
srand $seed;
diag("MPANEL_SEED=$seed");

# Name, system calls, what becomes of them.  N+M: the Nth and then each Mth of
# a process.  Not fsync on SQLite: whether what a failed one should have kept
# is there is unknown to anybody, and t/fault/power.c asks that.
my @interrupted = map { [$_, (split / /)[0], 'error=EINTR:when=2+5'] } (
	'accept,accept4 is interrupted', 'read is interrupted',
	'write is interrupted', 'recvfrom,recvmsg is interrupted',
	'sendto,sendmsg is interrupted', 'poll,ppoll is interrupted',
	'epoll_wait,epoll_pwait is interrupted', 'flock is interrupted',
	'openat is interrupted', 'connect is interrupted',
	'fsync,fdatasync is interrupted',
	'nanosleep,clock_nanosleep is interrupted',
	'wait4 is interrupted', 'futex is interrupted',
	'pread64,pwrite64 is interrupted',
	'openat2 is interrupted', 'getrandom is interrupted');
# A signal that nobody sent for a reason, at a call that may end by it.
my @signalled = map { [$_->[0], 'read,recvfrom,recvmsg,poll,ppoll,'
	. 'epoll_wait,epoll_pwait,nanosleep,clock_nanosleep',
	"signal=$_->[1]:when=2+5"] } (
	['a child seems to have ended', 'SIGCHLD'],
	['a pipe seems to be broken', 'SIGPIPE']);
my @refused = (
	['no descriptor is left', 'openat,accept,accept4,socket,epoll_create1',
		'error=EMFILE:when=3+4'],
	['no file of the system is left', 'openat,accept,accept4,socket,pipe2',
		'error=ENFILE:when=2+5'],
	['no memory is mapped', 'mmap,brk,mremap', 'error=ENOMEM:when=2+3'],
	['no process is made', 'clone,clone3,fork,vfork',
		'error=EAGAIN:when=1+2'],
	['the disk does not sync', 'fsync,fdatasync', 'error=EIO:when=4+5'],
);
my @faults = (@signalled, @interrupted, @refused);
@faults = grep { $_->[0] =~ /$ENV{MPANEL_FAULT}/ } @faults
	if defined $ENV{MPANEL_FAULT};
@faults = shuffle(@faults) unless $all;

# ---- processes ----

sub children
{
	my ($pid) = @_;
	my @own = -r "/proc/$pid/task/$pid/children"
		? split ' ', slurp("/proc/$pid/task/$pid/children") : ();

	return ($pid, map { children($_) } @own);
}

# Those that run our programs; the agent has others' below it.
sub processes
{
	my ($panel) = @_;
	my $pids = $panel->ready->{pids};

	return grep { (readlink("/proc/$_/exe") // "") =~ m{/mpanel(?:-agent)?$} }
		map { children($_) } @$pids{qw(master work agent)};
}

# Seconds of processor time so far; 0 for who is gone.
sub cpu
{
	my ($pid) = @_;
	my $stat = eval { slurp("/proc/$pid/stat") } // return 0;
	my @f = split ' ', $stat =~ s/^.*\) //sr;

	return ($f[11] + $f[12]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

sub is_traced
{
	my ($pid) = @_;
	my $status = eval { slurp("/proc/$pid/status") } // return 1;

	return $status =~ /^TracerPid:\s*[1-9]/m;
}

# Returns the pid of strace once it holds them all.  Programs that they run are
# let go: those are not ours.
sub inject
{
	my ($panel, $calls, $what) = @_;
	my @pids = processes($panel);
	my $pid = spawn($panel->state_dir . '.strace', 'strace', '-f', '-qqq',
		'-b', 'execve', '-o', '/dev/null', '-e', "trace=$calls", '-e',
		"inject=$calls:$what", map { ('-p', $_) } @pids);

	wait_for(20, sub { !grep { !is_traced($_) } @pids })
		or diag("strace did not come:\n"
			. slurp($panel->state_dir . '.strace'));
	return $pid;
}

# ---- the path ----

# As a client: the same call until it is answered.  What it may not be told
# meanwhile is noted in @$wrong.
sub place
{
	my ($panel, $order, $wrong) = @_;

	for (1 .. 60) {
		my $r = $panel->intake($order);

		return $r if $r->{status} =~ /^20[01]$/;
		push @$wrong, "$r->{status} $r->{content}"
			unless $r->{status} =~ /^(?:503|599)$/;
		sleep 0.2;
	}
	return undef;
}

sub status_of
{
	my ($panel, $intent) = @_;
	my $r = $panel->get("/api/public/orders/$intent",
		token => $panel->ready->{intakeToken});

	sleep 0.3;
	return $r->{status} == 200 ? $r->{json}{status} : '';
}

# Completed; a node whose system refuses says so, and staff try again.
sub complete
{
	my ($panel, $intent, $patience) = @_;

	return wait_for($patience, sub {
		my $status = status_of($panel, $intent);
		return $status =~ /^(?:completed|failed)$/ && $status;
	}) // '';
}

sub retry
{
	my ($panel) = @_;
	my $token = wait_for(20, sub { eval { $panel->admin_token } });

	return $panel->post('/api/admin/provisioning/tasks/retry-failed',
		token => $token, json => {})->{status};
}

# Nothing is asked of them: nobody may be busy.
sub busiest
{
	my ($panel) = @_;
	my @pids = processes($panel);
	my %before = map { $_ => cpu($_) } @pids;
	my $most = 0;

	sleep 1.5;
	for my $pid (@pids) {
		my $used = (cpu($pid) - $before{$pid}) / 1.5;
		$most = $used if $used > $most;
	}
	return $most;
}

sub check_fault
{
	my ($panel, $db, $i, $fault) = @_;
	my ($name, $calls, $what) = @$fault;
	my $intent = "pi_calls_${i}_$$";
	my @wrong;
	my $strace = inject($panel, $calls, $what);
	my $begun = time;

	# A worker dies: the master has to make another.
	my @workers = (children($panel->ready->{pids}{master}))[1 .. 9];
	kill KILL => grep { defined } (shuffle(grep { defined } @workers))[0];
	my $r = place($panel, small_order($intent), \@wrong);
	ok($r, "$db: $name: an order is placed all the same")
		or diag($panel->log_text);
	is_deeply(\@wrong, [], "$db: $name: no answer is a wrong one");
	my $status = complete($panel, $intent, 15);
	cmp_ok(busiest($panel), '<', 0.5,
		"$db: $name: nobody turns in circles");
	ok(defined stop_process($strace, 10), "$db: $name: the faults end");
	if ($status eq 'failed') {
		is(retry($panel), 200, "$db: $name: staff try again");
		wait_for(5, sub {
			status_of($panel, $intent) ne 'failed' });
	}
	is(complete($panel, $intent, 120), 'completed',
		"$db: $name: the order is completed")
		or diag($panel->log_text);
	# A refusal may end a process; an interruption may not.
	is_deeply([grep { !kill 0, $_ } @{ $panel->ready->{pids} }{qw(master
		work agent)}], [], "$db: $name: nobody dies of it")
		if $what =~ /EINTR|signal/;
	$r = wait_for(20, sub {
		my $r = $panel->intake(small_order($intent));
		return $r->{status} == 200 && $r;
	});
	is($r && $r->{json}{replayed}, JSON::PP::true,
		"$db: $name: the order is there once");
	note(sprintf '%.1f s', time - $begun);
}

for my $db (engines()) {
	my @mine = $all || @faults < 4 ? @faults : splice @faults, 0, 2;
	# A claim whose answer is lost is waited for no longer than it must be.
	my $panel = start_instance(db => $db, agent => 1, workers => 2,
		set => { lease_seconds => 15, lease_backoff_s => 0 });
	my $workers = children($panel->ready->{pids}{master});

	check_fault($panel, $db, $_, $mine[$_]) for 0 .. $#mine;
	ok(wait_for(20, sub {
		children($panel->ready->{pids}{master}) == $workers
	}), "$db: every worker is there again");
	is(scalar rows($panel, 'SELECT 1 FROM orders'), scalar @mine,
		"$db: each order once");
	is(doctor_says($panel), '', "$db: the doctor finds nothing wrong");
	is($panel->get('/login')->{status}, 200, "$db: the door is open");
	ok(defined $panel->stop, "$db: it stops in time");
}
done_testing();
