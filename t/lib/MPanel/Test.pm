# Test.pm - what end-to-end tests share: whole panels, ports, processes.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	use MPanel::Test;
#	for my $db (engines()) {
#		my $panel = start_instance(db => $db);
#		my $r = $panel->get('/api/health');
#		is($r->{status}, 200, "$db: a fresh panel is healthy");
#	}
#
# t/run sets the environment that this reads (MPANEL_SRC, MPANEL_BUILD,
# MPANEL_INST, TMPDIR).  Everything started here ends with the test.
package MPanel::Test;
use strict;
use warnings;
use Cwd ();
use Exporter 'import';
use File::Path ();
use File::Temp ();
use IO::Socket::INET;
use MPanel::Instance;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(engines free_port need oracle raw_http scratch slurp
	source_dir spawn start_instance stop_process wait_for);

my (%children, @scratches);
my $main_pid = $$;

# The top of the source tree.
sub source_dir
{
	return $ENV{MPANEL_SRC} if $ENV{MPANEL_SRC};
	(my $here = Cwd::abs_path(__FILE__)) =~ s{/t/lib/MPanel/Test\.pm$}{};
	return $here;
}

# The database engines under test; MPANEL_TEST_ENGINES narrows them.
sub engines
{
	return split /[\s,]+/, $ENV{MPANEL_TEST_ENGINES} // 'sqlite postgres';
}

# A tool or data set that a test cannot do without.  On a developer's machine
# the test is skipped and says why; where CI is set it fails.
sub need
{
	my ($there, $why) = @_;

	return 1 if $there;
	plan skip_all => $why unless $ENV{CI};
	fail($why);
	done_testing();
	exit 1;
}

# Path of a judge that is not ours (MPANEL_ORACLES), needed as above.
sub oracle
{
	my ($name) = @_;
	my $path = ($ENV{MPANEL_ORACLES}
		// source_dir() . '/../shared/oracles') . "/$name";

	need(-e $path, "the oracle $name is not here");
	return $path;
}

# A TCP port of 127.0.0.1 that was free a moment ago.  Ports are tried below
# the kernel's own range, so that no outgoing connection takes one meanwhile.
sub free_port
{
	for (1 .. 200) {
		my $port = 10_000 + int rand 20_000;
		my $s = IO::Socket::INET->new(Listen => 1,
			LocalAddr => '127.0.0.1', LocalPort => $port);
		return $port if $s;
	}
	die "no free port";
}

# A directory of one's own with a short name, enterable by other users.
sub scratch
{
	my $dir = File::Temp::mkdtemp(($ENV{TMPDIR} // '/tmp') . '/XXXXXX');

	die "mkdtemp: $!" unless defined $dir;
	chmod 0711, $dir;
	push @scratches, $dir;
	return $dir;
}

sub slurp
{
	my ($file) = @_;

	open my $fh, '<', $file or die "$file: $!";
	local $/;
	return scalar <$fh>;
}

# Start a program with its output in $log; returns its pid.
sub spawn
{
	my ($log, @argv) = @_;
	my $pid = fork // die "fork: $!";

	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', $log or POSIX::_exit(126);
		open STDERR, '>&', \*STDOUT;
		{ no warnings; exec { $argv[0] } @argv; }
		print STDERR "$argv[0]: $!\n";
		POSIX::_exit(127);
	}
	$children{$pid} = 1;
	return $pid;
}

# TERM, and KILL after $patience seconds (5).  Returns how long it took, or
# undef when it had to be killed.
sub stop_process
{
	my ($pid, $patience) = @_;
	my $begun = time;

	return 0 unless delete $children{$pid};
	kill TERM => $pid;
	while (time - $begun < ($patience // 5)) {
		return time - $begun
			if waitpid($pid, POSIX::WNOHANG()) != 0;
		sleep 0.02;
	}
	kill KILL => $pid;
	waitpid $pid, 0;
	return undef;
}

# Call $is_done until it returns true; undef after $seconds.
sub wait_for
{
	my ($seconds, $is_done) = @_;
	my $end = time + $seconds;

	do {
		my $got = $is_done->();
		return $got if $got;
		sleep 0.03;
	} while (time < $end);
	return undef;
}

# A whole panel by ./start; see MPanel::Instance.  Options: db (sqlite,
# postgres or a URL), workers, agent (1: with one, 0: default), empty,
# state (a directory), port, set => { setting => value }, args => [...].
sub start_instance
{
	my (%o) = @_;

	return MPanel::Instance->start(state => scratch() . '/s',
		port => free_port(), %o);
}

# Bytes to a port and everything that comes back.
sub raw_http
{
	my ($port, $bytes, $seconds) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $port) or return '';
	my $got = '';

	local $SIG{PIPE} = 'IGNORE';
	local $SIG{ALRM} = sub { die "time\n" };
	eval {
		alarm($seconds // 5);
		$s->autoflush(1);
		print $s $bytes;
		1 while sysread $s, $got, 65536, length $got;
	};
	alarm 0;
	return $got;
}

# Who is told to stop, because time is up, cleans up first.
$SIG{TERM} = sub { exit 128 + 15 };

END {
	if ($$ == $main_pid) {
		my $status = $?;
		stop_process($_) for keys %children;
		File::Path::remove_tree($_, { safe => 0 })
			for @scratches;
		$? = $status;
	}
}

1;
