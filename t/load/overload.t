#!/usr/bin/perl
# overload.t - five to ten times what the panel can do: it does what it can.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Lists, pages and intakes come in an open loop at a multiple of what a closed
# loop has reached.  Who is turned away is told so at once, memory stays, and
# afterwards all is as before.  A flood of pages does not reach the intake.
# MPANEL_OVERLOAD=180 floods for so many seconds and holds the aims to account
# (make overload); the short form shares its processors with other tests, so
# that it looks at everything but speed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(max sum0);
use MPanel::Load;
use MPanel::Orders;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $long_s = $ENV{MPANEL_OVERLOAD} // 0;
my $flood_s = $long_s || 1;
my $measure_s = $long_s ? 5 : 0.5;
my $connections = $long_s ? 3000 : 500;
my $seed = int($ENV{MPANEL_SEED} // time);
srand $seed;
diag("MPANEL_SEED=$seed, floods of $flood_s s");

# KiB that nginx and the panel's workers hold in all.
sub memory
{
	my ($load) = @_;

	return sum0(map { MPanel::Load::pss($_) }
		$load->workers('nginx'), $load->workers('master'));
}

# What a closed loop reaches.
sub capacity
{
	my ($load, $file) = @_;
	my $r = $load->flood("it:1:$file", connections => 64,
		seconds => $measure_s);

	return max(1, $r->{kinds}{it}{ok}{rate});
}

# Seconds until a request succeeds.
sub recovery
{
	my ($panel, $path, $token) = @_;
	my $begun = time;

	wait_for(60, sub { $panel->get($path, token => $token)->{status} == 200 });
	return time - $begun;
}

sub p99 { return $_[0]{ok}{p99_us} / 1000 }

sub overload
{
	my ($panel, $load, $db, $name, $file) = @_;
	my $before = capacity($load, $file);
	my $times = 5 + rand 5;
	my $held = memory($load);
	my $out = $load->start(["it:1:$file"], rate => int($before * $times),
		seconds => $flood_s, connections => $connections);
	my $most = $held;

	for (1 .. $flood_s * 2) {
		sleep 0.5;
		$most = max($most, memory($load));
	}
	my $back_s = recovery($panel, '/api/public/plans');
	my $r = $load->finish($out);
	my $after = $long_s ? capacity($load, $file) : $before;
	my $it = $r->{kinds}{it};
	my $peak = ($before + $after) / 2;
	my @steady = @{ $r->{successes} };
	shift @steady if @steady > 1;
	my $good = sum0(@steady) / @steady;

	diag(sprintf '%s %s: %.0f/s, then %.1f x: %.0f/s succeed (%.0f %%), ' .
		'p99 %.0f ms; %d turned away, p50 %.1f p99 %.1f ms; %d not ' .
		'sent; memory %d to %d KiB; back after %.2f s', $db, $name,
		$peak, $times, $good, 100 * $good / $peak, p99($it),
		$it->{refused}{requests}, map({ $it->{refused}{$_} / 1000 }
		qw(p50_us p99_us)), $r->{unsent}, $held, $most, $back_s);
	is_deeply([grep { !/^(?:20[0-2]|503)$/ } keys %{ $it->{status} }], [],
		"$db: flooded with $name every answer is success or 503")
		or diag(explain($it->{status}));
	is("$it->{broken} $it->{late} $it->{no_retry_after}", '0 0 0',
		'no connection breaks, each is answered, with Retry-After');
	cmp_ok($good, '>', ($long_s ? 0.9 : 0.05) * $peak,
		'what can be done is done');
	cmp_ok($most - $held, '<', 64 * 1024, 'memory is bounded');
	cmp_ok($back_s, '<', $long_s ? 2 : 20, 'it is back at once');
	return unless $long_s;
	cmp_ok($it->{refused}{p99_us}, '<', 1_000_000,
		'who is turned away is told so at once');
}

# Intakes at a moderate rate while the pages are flooded.
sub flood_beside
{
	my ($panel, $load, $db, $page, $intake) = @_;
	my %steady = (rate => 20, seconds => $flood_s, connections => 100);
	my $alone = $load->flood("it:1:$intake", %steady)->{kinds}{it};
	my $rate = int(capacity($load, $page) * (5 + rand 5));
	my $out = $load->start(["page:1:$page"], rate => $rate,
		seconds => $flood_s + 1, connections => $connections);

	sleep 0.5;
	my $beside = $load->flood("it:1:$intake", %steady);
	$load->finish($out);
	my $it = $beside->{kinds}{it};
	diag(sprintf '%s: intakes p99 %.1f ms alone, %.1f ms beside %d ' .
		'pages a second', $db, p99($alone), p99($it), $rate);
	is_deeply([grep { !/^20[12]$/ } keys %{ $it->{status} }], [],
		"$db: every intake beside a flood of pages succeeds")
		or diag(explain($it->{status}));
	is($it->{broken} + $it->{late} + $beside->{unsent}, 0, 'none is lost');
	return unless $long_s;
	cmp_ok(p99($it), '<=', 5 * p99($alone), 'and none takes five times as long');
}

for my $db (engines()) {
	my $panel = start_instance(db => $db,
		workers => $db eq 'sqlite' ? 2 : 4);
	# A server of the demo has room for 1000 sites.
	$panel->run('seed', '--tenant', 'demo', '--server-name', "more$_")
		for 1 .. ($long_s ? 60 : 4);
	my $load = MPanel::Load->new($panel);
	my ($list, $page, $intake) = ($load->list, $load->page, $load->intake);

	$load->flood("it:1:$intake", requests => 60, seconds => 60);
	$load->part_ways if $long_s;
	overload($panel, $load, $db, 'lists', $list) if $long_s;
	overload($panel, $load, $db, 'pages', $page);
	overload($panel, $load, $db, 'intakes', $intake);
	flood_beside($panel, $load, $db, $page, $intake);
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
