# Killer.pm - a process that kills the parts of a panel at random.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $killer = MPanel::Killer->start($panel, worker => [0.1, 0.1, 0.3],
#		part => [1, 6, 10], postgres => [2, 6, 12]);
#	...
#	my $killed = $killer->killed;	# so far { worker => 12, 'postgres stop' => 1 }
#	$killed = $killer->stop;
#
# Each kind of victim dies first after about so many seconds, then again and
# again after a random time between the other two.  ./start brings a part back
# at once when it has lived for 5 seconds, and later if not.
package MPanel::Killer;
use strict;
use warnings;
use JSON::PP ();
use List::Util qw(min);
use MPanel::Test ();
use POSIX ();
use Time::HiRes qw(sleep time);

sub start
{
	my ($class, $panel, %every) = @_;
	my $self = bless { panel => $panel, every => \%every,
		said => MPanel::Test::scratch() . '/said' }, $class;
	my $seed = rand 2**31;

	$self->{pid} = fork // die "fork: $!";
	return $self if $self->{pid};
	srand $seed;
	$self->go_on;
	POSIX::_exit(0);
}

sub stop
{
	my ($self) = @_;

	kill TERM => $self->{pid};
	waitpid $self->{pid}, 0;
	return $self->killed;
}

sub killed
{
	my ($self) = @_;

	return -e $self->{said} ? JSON::PP::decode_json(
		MPanel::Test::slurp($self->{said})) : {};
}

sub go_on
{
	my ($self) = @_;
	my ($is_over, %next, %killed);
	my $later = sub {
		my (undef, $least, $most) = @{ $self->{every}{$_[0]} };
		$next{$_[0]} = time + $least + rand($most - $least);
	};

	local $SIG{TERM} = sub { $is_over = 1 };
	$next{$_} = time + $self->{every}{$_}[0] * (0.5 + rand)
		for sort keys %{ $self->{every} };
	until ($is_over) {
		my ($kind) = sort { $next{$a} <=> $next{$b} } keys %next;
		my $wait = $next{$kind} - time;
		sleep min($wait, 1) and next if $wait > 0;
		my $name = $self->can("kill_$kind")->($self);
		$later->($kind);
		next unless $name;
		$killed{$name}++;
		$self->say(\%killed);
	}
}

sub say
{
	my ($self, $killed) = @_;

	open my $fh, '>', "$self->{said}.new" or return;
	print $fh JSON::PP::encode_json($killed);
	close $fh;
	rename "$self->{said}.new", $self->{said};
}

# ---- who dies; each returns what it killed, or nothing ----

sub children
{
	my ($parent) = @_;

	open my $fh, '<', "/proc/$parent/task/$parent/children" or return;
	return split ' ', <$fh> // '';
}

# What ./start says about its parts; it may be writing that anew.
sub pids
{
	my ($self) = @_;

	return eval { JSON::PP::decode_json(MPanel::Test::slurp(
		$self->{panel}->state_dir . '/ready.json'))->{pids} } // {};
}

sub kill_worker
{
	my ($self) = @_;
	my @workers = grep { is_named($_, 'mpanel') }
		children($self->pids->{master} // 0);

	return @workers && kill(KILL => $workers[rand @workers]) && 'worker';
}

sub kill_part
{
	my ($self) = @_;
	my $pids = $self->pids;
	my @there = grep { $pids->{$_} } qw(master work agent);
	my $part = $there[rand @there] // return;

	return kill(KILL => $pids->{$part}) && $part;
}

# A server that has recovered, at once or in pieces: it has to do so again.
sub kill_postgres
{
	my ($self) = @_;
	my $file = $self->{panel}->state_dir . '/pg/data/postmaster.pid';
	my ($server, @about) = split /\n/,
		eval { MPanel::Test::slurp($file) } // '';
	my $way = int rand 3;

	return unless @about && $about[-1] =~ /^ready/
		&& is_named($server, 'postgres');
	return kill(QUIT => $server) && 'postgres stop' if $way == 0;
	return kill(KILL => $server) && 'postgres kill' if $way == 1;
	my @backends = grep { is_titled($_, 'mpanel_app') } children($server);
	return @backends && kill(KILL => $backends[rand @backends])
		&& 'postgres backend';
}

sub is_named
{
	my ($pid, $name) = @_;

	return (eval { MPanel::Test::slurp("/proc/$pid/comm") } // '') eq
		"$name\n";
}

sub is_titled
{
	my ($pid, $word) = @_;

	return (eval { MPanel::Test::slurp("/proc/$pid/cmdline") } // '') =~
		/\b\Q$word\E\b/;
}

1;
