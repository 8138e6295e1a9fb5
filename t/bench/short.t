#!/usr/bin/perl
# short.t - `make bench` works: programs, seeds, rows, files.  Not how fast.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# What needs no package beyond those of ./check.  The driver dies where the
# bare program's reply is not the panel's byte by byte, where an answer is not
# 2xx, and where a worker is replaced under it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $out = scratch();
my %groups = (
	sqlite => [qw(lists customers faces million intake memory)],
	postgres => [qw(intake_pg)],
);
my @groups = map { @{ $groups{$_} } } engines();
my $log = "$out/log";
my $pid = spawn($log, "$FindBin::Bin/run", '--quick', '--rounds', 1,
	'--seconds', 0.1, '--build', $ENV{MPANEL_BUILD}, '--out', $out,
	'--only', join ',', @groups);
waitpid $pid, 0;
is($?, 0, "every group runs to its end (@groups)") or diag(slurp($log));

my $bench = eval { decode_json(slurp("$out/bench.json")) } // {};
is_deeply([sort keys %$bench], [qw(commit rows)],
	'bench.json has a commit and rows');
my %row = map { $_->{name} => $_ } @{ $bench->{rows} // [] };
is(scalar keys %row, scalar @{ $bench->{rows} // [] },
	'no two rows have the same name');

my @wrong = grep {
	my $r = $row{$_};
	join(' ', sort keys %$r) ne 'against better name ratio unit value'
		|| $r->{better} !~ /^(higher|lower)$/
		|| grep({ defined && !/^-?[\d.]+(e-?\d+)?$/ }
			@$r{qw(value ratio)})
		|| !defined $r->{value} || defined $r->{ratio} && !$r->{against}
} sort keys %row;
is_deeply(\@wrong, [], 'every row has the members of CONTRACT.md section 5');

my %promised = (
	sqlite => [qw(health plans_json orders_json orders_html customers_json
		customers_html generic_over_by_hand
		generic_over_by_hand_alone intake
		intake_p99_over_p50 claim orders_html_1m_over_1k),
		$> == 0 ? 'pss_worker_mb' : ()],
	postgres => [qw(intake_pg12)],
);
my @missing = grep { !$row{$_} } map { @{ $promised{$_} } } engines();
is_deeply(\@missing, [], 'the promised names are there');
is_deeply([grep { !($row{$_}{value} > 0) } grep { !/slope/ } keys %row], [],
	'everything was measured');

like(slurp("$out/bench.txt"), qr{^intake\w* .* the raw}m, "the table has rows")
	if -e "$out/bench.txt";
like(slurp("$out/bench.svg"), qr/^<svg .*<rect class=".*<\/svg>\s*$/s,
	'the picture has bars') if -e "$out/bench.svg";
done_testing();
