#!/usr/bin/perl
# tickets.t - many tickets cost neither the inbox nor a search its rate.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Two panels with the same code, one with a thousand tickets; each question is
# asked of both by turns, so that whatever else the machine does hits both.  All
# on one processor: which of two a worker and its database came to be on would
# cost more than what is compared.  In rounds of all questions, of whose ratios
# the median counts: a processor may be taken away for half a second.
#
# This is the short form, 10,000 of them: medians of short rounds stray on a busy
# machine, so that what fails is a walk through all rows, which loses far more.
# The long one, on a quiet machine, fails below 0.7:
#
#	ROWS=100000 t/run t/slow/tickets.t
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../bench";
use MPanel::Test;
use Seed;
use Test::More;
use Time::HiRes 'time';

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

use constant { FEW => 1000, TURNS => 20, AIM => 0.7 };
my $many = $ENV{ROWS} // 10_000;
my $rounds = $ENV{ROWS} ? 15 : 3;
my $least = $ENV{ROWS} ? AIM : 0.3;

my @questions = (
	['all open', '/support'],
	['unassigned', '/support?view=unassigned'],
	['mine', '/support?view=mine'],
	['closed', '/support?view=closed'],
	['urgent', '/support?priority=urgent'],
	['by their beginning', '/support?sort=createdAt'],
	['search by a word', '/support?q=nameservers'],
	['search by a number', '/support?q=TKT-2025-000500'],
	['as JSON', '/api/support/tickets?status=open'],
	['the palette', '/search?q=backup'],
);

sub panel_with
{
	my ($db, $n) = @_;
	my $panel = start_instance(db => $db);

	tickets_by_sql($panel, $n);
	my ($status) = $panel->run(qw(search fill));
	is($status, 0, "$n tickets are there, and in the index");
	pg_vacuum($panel) if $db eq 'postgres';
	return { panel => $panel, token => $panel->admin_token,
		$panel->sign_in };
}

sub took
{
	my ($of, $path) = @_;
	my $began = time;
	my $r = $of->{panel}->ask(GET => $path, $path =~ m{^/api/}
		? (token => $of->{token}) : (cookie => $of->{cookie}));

	die "$path: $r->{status} $r->{content}" if $r->{status} != 200;
	return time - $began;
}

# What is started from now on runs there, too.
sub on_one_processor
{
	my ($first) = slurp('/proc/self/status') =~ /^Cpus_allowed_list:\s*(\d+)/m;

	system("taskset -pc $first $$ >/dev/null") == 0 or die 'taskset failed';
	return;
}

sub median { my @s = sort { $a <=> $b } @_; return $s[@s / 2] }

# Of both panels, in ms.
sub medians
{
	my ($path, @panels) = @_;
	my @took;

	took($_, $path) for (@panels) x 2;
	for (1 .. TURNS) {
		push @{ $took[$_] }, took($panels[$_], $path) for 0, 1;
	}
	return map { 1000 * median(@$_) } @took;
}

on_one_processor();
for my $db (engines()) {
	my @panels = map { panel_with($db, $_) } FEW, $many;
	my %rounds;

	for (1 .. $rounds) {
		push @{ $rounds{ $_->[0] } }, [medians($_->[1], @panels)]
			for @questions;
	}
	for my $what (map { $_->[0] } @questions) {
		my @rounds = @{ $rounds{$what} };
		my $ratio = median(map { $_->[0] / $_->[1] } @rounds);
		diag(sprintf '%s %-20s %.2f (%.1f ms, %.1f ms)', $db, $what,
			$ratio, map { my $i = $_; median(map { $_->[$i] }
				@rounds) } 0, 1);
		cmp_ok($ratio, '>=', $least, "$db: $what keeps its rate");
	}
	$_->{panel}->stop for @panels;
}
done_testing();
