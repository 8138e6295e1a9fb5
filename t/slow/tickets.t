#!/usr/bin/perl
# tickets.t - many tickets cost neither the inbox nor a search its rate.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Two panels with the same code, one with a thousand tickets; each question is
# asked of both by turns, so that whatever else the machine does hits both.
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

use constant { FEW => 1000, TURNS => 60, AIM => 0.7 };
my $many = $ENV{ROWS} // 10_000;
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

sub median { my @s = sort { $a <=> $b } @_; return $s[@s / 2] }

for my $db (engines()) {
	my ($small, $large) = map { panel_with($db, $_) } FEW, $many;

	for my $question (@questions) {
		my ($what, $path) = @$question;
		my (@few, @many);

		took($_, $path) for ($small, $large) x 5;
		for (1 .. TURNS) {
			push @few, took($small, $path);
			push @many, took($large, $path);
		}
		my $ratio = median(@few) / median(@many);
		diag(sprintf '%s %-20s %.2f (%.1f ms, %.1f ms)', $db, $what,
			$ratio, 1000 * median(@few), 1000 * median(@many));
		cmp_ok($ratio, '>=', $least, "$db: $what keeps its rate");
	}
	$_->{panel}->stop for $small, $large;
}
done_testing();
