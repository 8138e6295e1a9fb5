# Answer.pm - reads HTTP answers as strictly as RFC 9112 lets one.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $stream = Answer->new($socket);
#	my $a = $stream->next('GET', 10);	# undef: nothing more came
#	print "$a->{status} $a->{wrong}\n";	# wrong: '' or what is
#
# An answer is { status, headers => [[name in lower case, value], ...], body,
# closes, wrong }.  Once something is wrong the stream is of no more use.
package Answer;
use strict;
use warnings;
use IO::Select;
use List::Util qw(max);

use constant PATIENCE => 10;

my $token = qr/[!#\$%&'*+.^_`|~0-9A-Za-z-]+/;

sub new
{
	my ($class, $socket) = @_;

	return bless { socket => $socket, got => '', eof => 0,
		select => IO::Select->new($socket) }, $class;
}

# More bytes; false at the end, or when none come for $seconds.
sub more
{
	my ($self, $seconds) = @_;

	return 0 if $self->{eof};
	return 0 unless $self->{select}->can_read($seconds);
	my $n = sysread $self->{socket}, $self->{got}, 65536,
		length $self->{got};
	return 1 if $n;
	$self->{eof} = 1;
	return 0;
}

sub until_has
{
	my ($self, $n, $seconds) = @_;

	while (length $self->{got} < $n) {
		return 0 unless $self->more($seconds);
	}
	return 1;
}

# Where the bytes behind the next $mark begin; 0 when none comes.
sub behind
{
	my ($self, $mark, $seconds) = @_;
	my $at;

	while (($at = index $self->{got}, $mark) < 0) {
		return 0 unless $self->more($seconds);
	}
	return $at + length $mark;
}

sub wrong
{
	my ($answer, $why) = @_;

	$answer->{wrong} ||= $why;
	return $answer;
}

# The values of a header.
sub values_of
{
	my ($answer, $name) = @_;

	return map { $_->[1] } grep { $_->[0] eq $name }
		@{ $answer->{headers} };
}

sub read_head
{
	my ($answer, $head) = @_;
	my ($first, @lines) = split /\r\n/, $head, -1;

	return wrong($answer, "status line: $first")
		unless $first =~ m{\AHTTP/1\.1 ([1-5]\d\d) [\x20-\x7e]*\z};
	$answer->{status} = $1;
	for my $line (@lines) {
		return wrong($answer, "header line: $line")
			unless $line =~ /\A($token):[ \t]*([\x20-\x7e\t]*)\z/;
		push @{ $answer->{headers} }, [lc $1, $2];
	}
	return $answer;
}

sub read_chunks
{
	my ($self, $answer, $seconds) = @_;

	while (1) {
		my $at = $self->behind("\r\n", $seconds)
			or return wrong($answer, 'chunks end early');
		my $line = substr $self->{got}, 0, $at;
		return wrong($answer, "chunk size: $line")
			unless $line =~ /\A([0-9a-fA-F]{1,8})\r\n\z/;
		my $size = hex $1;
		return wrong($answer, 'a chunk ends early')
			unless $self->until_has($at + $size + 2, $seconds);
		return wrong($answer, 'no line end behind a chunk')
			if substr($self->{got}, $at + $size, 2) ne "\r\n";
		$answer->{body} .= substr $self->{got}, $at, $size;
		substr($self->{got}, 0, $at + $size + 2) = '';
		return $answer unless $size;
	}
}

# RFC 9112 section 6.3: how long the body is.
sub read_body
{
	my ($self, $answer, $method, $seconds) = @_;
	my @length = values_of($answer, 'content-length');
	my @coding = values_of($answer, 'transfer-encoding');

	return wrong($answer, 'both a length and a coding')
		if @length && @coding;
	return wrong($answer, 'two lengths') if @length > 1;
	return $answer if $method eq 'HEAD' || $answer->{status} < 200
		|| $answer->{status} =~ /\A(?:204|304)\z/;
	if (@coding) {
		return wrong($answer, "coding @coding") if "@coding" ne 'chunked';
		return $self->read_chunks($answer, $seconds);
	}
	if (@length) {
		return wrong($answer, "length $length[0]")
			unless $length[0] =~ /\A\d{1,9}\z/;
		return wrong($answer, 'the body ends early')
			unless $self->until_has($length[0], $seconds);
		$answer->{body} = substr $self->{got}, 0, $length[0], '';
		return $answer;
	}
	return wrong($answer, 'nobody says where the body ends')
		unless $answer->{closes};
	1 while $self->more($seconds);
	return wrong($answer, 'the body does not end') unless $self->{eof};
	$answer->{body} = $self->{got};
	$self->{got} = '';
	return $answer;
}

# The next answer to a request of $method; waits $seconds for its first piece,
# and PATIENCE for each that follows: a refusal for too many tries comes a piece
# a second.  Interim answers (100 Continue) are skipped.
sub next
{
	my ($self, $method, $seconds) = @_;
	my $answer = { status => 0, headers => [], body => '', wrong => '' };

	return undef if $self->{got} eq '' && !$self->more($seconds);
	$seconds = max($seconds, PATIENCE);
	my $length = $self->behind("\r\n\r\n", $seconds)
		or return wrong($answer, 'the head ends early: '
			. substr $self->{got}, 0, 200);
	my $head = substr $self->{got}, 0, $length, '';
	read_head($answer, substr $head, 0, -4);
	return $answer if $answer->{wrong};
	return $self->next($method, $seconds) if $answer->{status} == 100;
	$answer->{closes} = grep { /\bclose\b/i }
		values_of($answer, 'connection');
	return $self->read_body($answer, $method, $seconds);
}

1;
