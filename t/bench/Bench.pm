# Bench.pm - rounds, loads and rows of `make bench`.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $b = Bench->new(rounds => 5, seconds => 1.5, seed => 1);
#	my $got = $b->rounds(
#		panel => sub { $b->load($port, $file) },
#		bare => sub { $b->load($other, $file) });
#	$b->compare('orders_json', $got, 'panel', 'bare', 'bare nginx + libfcgi');
#
# Machines are shared and noisy: what is compared runs in turn, A B B A, and
# what is said is the median, of ratios the median of each round's own.
package Bench;
use strict;
use warnings;
use JSON::PP ();
use List::Util qw(sum0);
use MPanel::Test;
use Time::HiRes qw(time);

sub new
{
	my ($class, %o) = @_;

	return bless { rounds => 5, seconds => 1.5, connections => 8,
		rows => [], files => 0, %o }, $class;
}

sub is_quick { return $_[0]{quick} }

# How many rows are many.
sub many
{
	my ($self) = @_;

	return $self->{quick} ? 2000 : $ENV{MPANEL_BENCH_ROWS} // 1_000_000;
}

# More or fewer, where a run is short.
sub seconds
{
	my ($self, $times) = @_;

	return $self->{seconds} * ($self->{quick} ? 1 : $times // 1);
}

sub say_it
{
	my ($self, $text) = @_;

	printf STDERR "%7.1f s  %s\n", time - $self->{begun}, $text;
}

sub median
{
	my @s = sort { $a <=> $b } grep { defined } @_;

	return undef unless @s;
	return @s % 2 ? $s[$#s / 2] : ($s[@s / 2 - 1] + $s[@s / 2]) / 2;
}

# ---- what is sent ----

# A file with one request; headers and json as of MPanel::Instance.
sub request
{
	my ($self, $path, %o) = @_;
	my $body = defined $o{json} ? JSON::PP->new->canonical->encode($o{json})
		: $o{body};
	my $method = $o{method} // (defined $body ? 'POST' : 'GET');
	my $file = "$self->{dir}/request." . ++$self->{files};
	my @lines = ("$method $path HTTP/1.1", "Host: 127.0.0.1",
		'User-Agent: bench');

	push @lines, "Authorization: Bearer $o{token}" if $o{token};
	push @lines, "Cookie: $o{cookie}" if $o{cookie};
	push @lines, 'Content-Type: application/json' if defined $o{json};
	push @lines, 'Content-Length: ' . length $body if defined $body;
	open my $fh, '>', $file or die "$file: $!";
	print $fh join("\r\n", @lines), "\r\n\r\n", $body // '';
	close $fh;
	return $file;
}

sub json_of
{
	my (@argv) = @_;

	open my $out, '-|', @argv or die "$argv[0]: $!";
	my $text = do { local $/; <$out> } // '';
	close $out or die "@argv: failed\n$text";
	return JSON::PP::decode_json($text);
}

sub tool
{
	my ($self, $name) = @_;

	return "$self->{build}/t/bench/$name";
}

# Options: connections, seconds, warm, requests, expect.  Answers that are not
# 2xx are a mistake unless $o{any}; a short run, which is for a loaded machine
# too, may be told to come again.
sub load
{
	my ($self, $port, $files, %o) = @_;
	my @files = ref $files ? @$files : ($files);
	my @argv = ($self->tool('load'), '--port', $port,
		'--connections', $o{connections} // $self->{connections},
		'--seconds', $o{seconds} // $self->{seconds},
		'--warm', $o{warm} // ($self->{quick} ? 0 : 0.3),
		'--seed', $self->next_seed);

	push @argv, '--requests', $o{requests} if $o{requests};
	push @argv, '--expect', $o{expect} if $o{expect};
	my $r = json_of(@argv, @files);
	my @bad = grep { !/^2/ && !($self->{quick} && $_ == 503) }
		keys %{ $r->{status} };
	die "@argv @files: answers " . JSON::PP::encode_json($r->{status}) . "\n"
		if !$o{any} && (@bad || $r->{errors} || !$r->{requests});
	return $r;
}

# No two loads of a run send the same serial numbers, nor two runs on one
# database.
sub next_seed
{
	my ($self) = @_;

	return $self->{serial} += 0x1000000;
}

# ---- rounds ----

# Name => sub pairs, run in turn, backwards every second round; the results by
# name, in order of rounds.
sub rounds
{
	my ($self, @pairs) = @_;
	my (%run, @names, %got);

	while (my ($name, $run) = splice @pairs, 0, 2) {
		push @names, $name;
		$run{$name} = $run;
	}
	for my $round (1 .. $self->{rounds}) {
		for my $name ($round % 2 ? @names : reverse @names) {
			push @{ $got{$name} }, $run{$name}->();
		}
		$self->say_it("round $round: " . join ', ', map {
			sprintf '%s %.0f', $_, $got{$_}[-1]{rate} // 0
		} @names) if $self->{verbose};
	}
	return \%got;
}

sub median_of
{
	my ($self, $got, $name, $what) = @_;

	return median(map { $_->{ $what // 'rate' } } @{ $got->{$name} });
}

# Of rates, or another member.
sub ratio
{
	my ($self, $got, $a, $b, $what) = @_;
	$what //= 'rate';

	return median(map {
		my ($x, $y) = ($got->{$a}[$_]{$what}, $got->{$b}[$_]{$what});
		$y ? $x / $y : undef;
	} 0 .. $#{ $got->{$a} });
}

# ---- rows ----

# Options: value, unit, ratio, against, better.
sub row
{
	my ($self, $name, %o) = @_;

	$self->{rows} = [grep { $_->{name} ne $name } @{ $self->{rows} }];
	push @{ $self->{rows} }, { better => 'higher', ratio => undef,
		against => '', %o, name => $name };
	$self->say_it(sprintf '%-28s %10.1f %-5s %s', $name, $o{value},
		$o{unit}, defined $o{ratio}
			? sprintf('%.2f x %s', $o{ratio}, $o{against}) : '');
	return;
}

sub compare
{
	my ($self, $name, $got, $a, $b, $against, %o) = @_;

	return $self->row($name, value => $self->median_of($got, $a),
		unit => '1/s', ratio => $self->ratio($got, $a, $b),
		against => $against, %o);
}

1;
