# Dropper.pm - a proxy before a panel that loses some answers after commit.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $proxy = MPanel::Dropper->start(to => $port, share => 0.03);
#	my $answer = $proxy->call($text);	# by many clients at once
#	my @placed = $proxy->stop;	# [intent, was it dropped] per 201
#
# One request a connection, whose body has a length and an end that is the
# answer's: it is passed on, the answer is read to its end, and some answers of
# success are not given back: a share, by chance, and of each of the proxy's
# processes the first to something new.  What was placed is written down before.
package MPanel::Dropper;
use strict;
use warnings;
use IO::Socket::INET;
use MPanel::Test ();
use POSIX ();

my $width = 8;	# processes; each has one connection at a time

sub start
{
	my ($class, %o) = @_;
	my $listen = IO::Socket::INET->new(Listen => 256,
		LocalAddr => '127.0.0.1') or die "listen: $!";
	my $self = bless { %o, port => $listen->sockport,
		notes => MPanel::Test::scratch() . '/notes' }, $class;

	for (1 .. $width) {
		my $seed = rand 2**31;
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			srand $seed;
			$self->serve($listen);
			POSIX::_exit(1);
		}
		push @{ $self->{pids} }, $pid;
	}
	return $self;
}

# A call through it: the whole answer, or '' when there was none.
sub call
{
	my ($self, $call) = @_;

	return ask({ to => $self->{port} }, $call);
}

sub stop
{
	my ($self) = @_;
	my $notes = $self->{notes};

	kill KILL => @{ $self->{pids} };
	waitpid $_, 0 for @{ $self->{pids} };
	return map { [split ' '] } -e $notes
		? split /\n/, MPanel::Test::slurp($notes) : ();
}

sub serve
{
	my ($self, $listen) = @_;

	my $lost = 0;

	$SIG{PIPE} = 'IGNORE';
	open my $notes, '>>', $self->{notes} or return;
	while (1) {
		my $client = $listen->accept or next;
		my $call = read_call($client) // next;
		my $answer = $self->ask($call);
		my ($status) = $answer =~ m{^HTTP/1.1 (\d+)} or next;
		my $drop = $status == 201 && !$lost++
			|| $status =~ /^20[01]$/ && rand() < $self->{share};
		my $intent = $call =~ /"stripePaymentIntentId":\s*"(\w+)"/
			? $1 : '-';
		syswrite $notes, "$status $intent " . ($drop ? 1 : 0) . "\n"
			if $drop || $status == 201;
		print $client $answer unless $drop;
	}
}

sub read_call
{
	my ($s) = @_;
	my $call = '';
	my $end;

	until (defined $end && length $call >= $end) {
		sysread $s, $call, 65536, length $call or return;
		$end = $+[0] + $1
			if $call =~ /\r\ncontent-length: (\d+)(?=\r\n).*?\r\n\r\n/si;
	}
	return $call;
}

# '' when nobody is there.
sub ask
{
	my ($self, $call) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $self->{to}) or return '';
	my $answer = '';

	syswrite $s, $call;
	1 while sysread $s, $answer, 65536, length $answer;
	return $answer;
}

1;
