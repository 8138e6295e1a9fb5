# Machine.pm - a machine to install on: this one's files in an overlay, with
# users, processes' places and a network of its own; nothing of it stays.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $m = MPanel::Machine->start or plan skip_all => ...;
#	$m->install($build);
#	my $unit = $m->unit('mpanel.service');
#	my $pid = $m->launch($unit);
#	my ($status, $text) = $m->run('ls', '/');
#
# There is no systemd in it: launch() does what a unit asks of its manager, as
# far as it is about users, directories and what a process may do.
package MPanel::Machine;
use strict;
use warnings;
use MPanel::Test;
use POSIX ();

sub is_here
{
	return 0 if $> != 0;
	for my $name (qw(unshare nsenter chroot setpriv mount ip strace
		systemd-sysusers systemd-tmpfiles systemd-analyze)) {
		return 0 unless grep { -x "$_/$name" }
			qw(/usr/bin /usr/sbin /bin /sbin);
	}
	return 1;
}

# undef: the kernel gives no overlay here.
sub start
{
	my ($class) = @_;
	my $dir = scratch();
	my $self = bless { dir => $dir, root => "$dir/m", log => "$dir/log" },
		$class;

	$self->{holder} = spawn($self->{log}, qw(unshare --mount --net --uts
		--ipc --propagation private sleep 3600));
	wait_for(5, sub { readlink("/proc/$self->{holder}/ns/net")
		ne readlink('/proc/self/ns/net') }) or return undef;
	$self->outside('sh', '-ec', <<~"END") == 0 or return undef;
		mount -t tmpfs -o mode=755 tmpfs $dir
		mkdir $dir/u $dir/w $dir/m
		mount -t overlay overlay -o lowerdir=/,upperdir=$dir/u,workdir=$dir/w $dir/m
		mount -t proc proc $dir/m/proc
		mount --rbind /dev $dir/m/dev
		mount -t tmpfs -o mode=1777 tmpfs $dir/m/tmp
		mount -t tmpfs -o mode=755 tmpfs $dir/m/run
		ip link set lo up
		END
	return $self;
}

sub nsenter
{
	my ($self) = @_;

	return ('nsenter', '-t', $self->{holder}, qw(-m -n -u -i --));
}

# With the machine's network and mounts, but this one's root.
sub outside
{
	my ($self, @argv) = @_;

	return system($self->nsenter, @argv) >> 8;
}

# As root of the machine: (exit status, output with errors).
sub run
{
	my ($self, @argv) = @_;
	my $pid = open(my $out, '-|') // die "fork: $!";

	if ($pid == 0) {
		open STDERR, '>&', \*STDOUT;
		open STDIN, '<', $self->{stdin} // '/dev/null';
		{ no warnings; exec $self->nsenter, 'chroot',
			$self->{root}, @argv; }
		POSIX::_exit(127);
	}
	my $text = do { local $/; <$out> };
	close $out;
	return ($? >> 8, $text // '');
}

sub ok_run
{
	my ($self, @argv) = @_;
	my ($status, $text) = $self->run(@argv);

	die "@argv: exit $status\n$text" if $status;
	return $text;
}

sub write
{
	my ($self, $file, $text) = @_;

	open my $fh, '|-', $self->nsenter, 'chroot', $self->{root},
		'sh', '-c', 'cat >"$1"', 'sh', $file or die "sh: $!";
	print $fh $text;
	close $fh or die "$file: $?";
}

sub read { my ($self, $file) = @_; return $self->ok_run('cat', $file) }

# `make install` for a distribution's places.
sub install
{
	my ($self, $build) = @_;

	return $self->outside('make', '-s', '-C', $build, 'install',
		"DESTDIR=$self->{root}", 'prefix=/usr', 'sysconfdir=/etc');
}

# A unit as it is installed: { name => [values of this name, in order] }.
sub unit
{
	my ($self, $name) = @_;
	my %unit = (name => $name);

	for (split /\n/, $self->read("/usr/lib/systemd/system/$name")) {
		push @{ $unit{$1} }, $2 if /^(\w+)=(.*)/;
	}
	return \%unit;
}

# What its SystemCallFilter leaves: { name of a call => 1 }.
sub calls_of
{
	my ($unit) = @_;
	my %may;

	for my $line (@{ $unit->{SystemCallFilter} }) {
		my $not = $line =~ s/^~//;
		for my $name (map { members($_) } split ' ', $line) {
			$not ? delete $may{$name} : ($may{$name} = 1);
		}
	}
	return \%may;
}

my %sets;

sub members
{
	my ($set) = @_;

	return $set unless $set =~ /^\@/;
	$sets{$set} //= [map { members($_) } grep { /^[\@a-z]/ }
		map { s/^\s+|\s+$//gr } grep { !/^\s*#/ && /^\s/ }
		split /\n/, qx(systemd-analyze syscall-filter $set)];
	return @{ $sets{$set} };
}

# Directories as the manager makes them before a start.
sub make_directories
{
	my ($self, $unit) = @_;

	for my $kind (['RuntimeDirectory', '/run'], ['StateDirectory',
		'/var/lib']) {
		my ($name, $at) = @$kind;
		my $dir = ($unit->{$name} // [])->[0] // next;
		$self->ok_run('install', '-d', '-o', user_of($unit), '-g',
			($unit->{Group} // ['root'])->[0], '-m',
			($unit->{"${name}Mode"} // ['0755'])->[0], "$at/$dir");
	}
}

sub user_of { return ($_[0]{User} // ['root'])->[0] }

# The words in front of a unit's own command line.
sub as_of
{
	my ($unit) = @_;
	my @as = ('setpriv', '--no-new-privs', '--inh-caps=-all');
	my ($caps) = @{ $unit->{CapabilityBoundingSet} // [] };

	push @as, '--reuid', user_of($unit), '--regid',
		($unit->{Group} // ['root'])->[0], '--init-groups'
		if $unit->{User};
	push @as, '--bounding-set', join ',', '-all',
		map { '+' . lc s/^CAP_//r } split ' ', $caps
		if defined $caps;
	return (@as, '--', 'env', '-i', 'PATH=/usr/bin:/usr/sbin', 'LANG=C.UTF-8');
}

# As ProtectSystem=strict, ReadWritePaths and ProtectHome have it: in a place of
# its own where all is read-only but what is named.
sub protect
{
	my ($self, $unit) = @_;
	my $root = $self->{root};
	my @open = map { split ' ' } @{ $unit->{ReadWritePaths} // [] };
	my $script = '';

	push @open, "/run/$_" for @{ $unit->{RuntimeDirectory} // [] };
	push @open, "/var/lib/$_" for @{ $unit->{StateDirectory} // [] };
	die "$unit->{name}: not strict" if $unit->{ProtectSystem}[0] ne 'strict';
	$script .= "mount --bind $root$_ $root$_\n" for @open;
	$script .= "mount -o remount,bind,ro $root$_\n" for '', '/run';
	$script .= "mount -t tmpfs -o ro,mode=000 tmpfs $root$_\n"
		for $unit->{ProtectHome} ? ('/home', '/root') : ();
	return ($self->nsenter, qw(unshare --mount --propagation private),
		'sh', '-ec', "${script}exec \"\$@\"", 'sh');
}

# Run what stands before, then start its command; returns the pid.  trace: a
# file of the machine with every system call.  before: called in between.
sub launch
{
	my ($self, $unit, %o) = @_;
	my @trace = $o{trace} ? ('strace', '-D', '-f', '-qq', '-o', $o{trace}) : ();

	$self->make_directories($unit);
	for my $line (@{ $unit->{ExecStartPre} // [] }) {
		$self->ok_run(as_of($unit), split ' ', $line);
	}
	$o{before}->() if $o{before};
	my $umask = umask oct(($unit->{UMask} // ['0022'])->[0]);
	my $pid = spawn("$self->{dir}.$unit->{name}.log",
		$self->protect($unit), 'chroot', $self->{root}, @trace, as_of($unit),
		split ' ', $unit->{ExecStart}[0]);
	umask $umask;
	return $pid;
}

sub log_of
{
	my ($self, $unit) = @_;
	my $file = "$self->{dir}.$unit->{name}.log";

	return -r $file ? slurp($file) : '';
}

1;
