#!/usr/bin/perl
# slowhttp.t - 500 clients that take their time do not slow down the others.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# slowhttptest holds 500 connections with slow headers, bodies or reading, for
# half of each round; a signed-in list is asked in both halves.  Compared are
# the medians over the rounds of the 99th percentile.
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(scalar(grep { -x "$_/slowhttptest" } split(/:/, $ENV{PATH})),
	'slowhttptest is missing');

my $rounds = 5;
my $clients = 500;
my $times = 3;		# p99 beside the slow clients, against the quiet one
my $load = "$ENV{MPANEL_BUILD}/t/bench/load";

# [name, arguments of slowhttptest behind the address]
my @attacks = (
	['slow headers', qw(-H -i 2 -x 24)],
	['slow bodies', qw(-B -i 2 -x 10 -s 100000)],
	['slow reading', qw(-X -n 1 -w 10 -y 20 -z 5 -k 3)],
);

sub median
{
	my @sorted = sort { $a <=> $b } @_;

	return $sorted[$#sorted / 2];
}

# One request of a signed-in list, as a file for load.
sub make_request
{
	my ($panel, $file) = @_;
	my $token = $panel->admin_token;

	open my $fh, '>', $file or die "$file: $!";
	print $fh "GET /api/admin/orders HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		. "Authorization: Bearer $token\r\n\r\n";
	close $fh or die;
	return $file;
}

sub measure
{
	my ($panel, $file) = @_;

	open my $out, '-|', $load, '--port', $panel->{port},
		qw(--connections 4 --seconds 1.5 --warm 0.2), $file or die;
	my $r = JSON::PP::decode_json(do { local $/; <$out> });
	close $out;
	my @bad = grep { $_ ne '200' } keys %{ $r->{status} };
	return { p99 => $r->{p99_us}, bad => "@bad" . ($r->{errors} || '') };
}

sub attack
{
	my ($panel, $log, @args) = @_;
	my $pid = spawn($log, 'slowhttptest', '-c', $clients, '-r', 2000,
		'-l', 60, '-u', $panel->url . '/login', @args);

	# All of them are there, or as many as nginx lets in.
	sleep 1.5;
	return $pid;
}

sub connections
{
	my ($port) = @_;
	my $hex = sprintf ':%04X', $port;

	return scalar grep { (split)[1] =~ /$hex\z/ && (split)[3] eq '01' }
		split /\n/, slurp('/proc/net/tcp');
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 2);
	my $dir = scratch();

	$panel->intake for 1 .. 60;
	my $file = make_request($panel, "$dir/orders.http");
	for my $row (@attacks) {
		my ($name, @args) = @$row;
		my (@quiet, @beside, $bad, $held);

		for (1 .. $rounds) {
			my $r = measure($panel, $file);
			push @quiet, $r->{p99};
			$bad .= $r->{bad};
			my $pid = attack($panel, "$dir/log", @args);
			$held = connections($panel->{port});
			$r = measure($panel, $file);
			push @beside, $r->{p99};
			$bad .= $r->{bad};
			stop_process($pid);
		}
		my ($is, $was) = (median(@beside), median(@quiet));
		diag(sprintf '%s, %s, %d connections: p99 %.1f ms, quiet %.1f ms',
			$db, $name, $held, $is / 1000, $was / 1000);
		is($bad, '', "$db, $name: every list is answered");
		cmp_ok($held, '>', $clients / 2, 'the slow clients are there');
		cmp_ok($is, '<=', $times * $was, 'and slow down nobody');
	}
	ok(defined $panel->stop, 'it stops');
}
done_testing();
