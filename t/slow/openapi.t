#!/usr/bin/perl
# openapi.t - the document is valid, and every call behaves as it says: good
# and bad requests to each, with the seed 1, as the owner.  MPANEL_CASES=30 makes
# as many of each kind as its judge would by itself.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Judges;
use MPanel::Test;
use Test::More;

my $dir = judges_dir() . '/openapi';
my $seed = $ENV{MPANEL_SEED} // 1;
my $cases = $ENV{MPANEL_CASES} // 8;

diag("MPANEL_SEED=$seed");
for my $db (engines()) {
	my $panel = start_instance(db => $db);
	my $document = $panel->url . '/api/openapi.json';
	my $order = $panel->intake;

	is($order->{status}, 201, "$db: something to look at");
	my ($status, $said) = judge("lint-$db", "$dir/lint.sh", $document);
	is($status, 0, "$db: three validators accept it") or diag($said);
	($status, $said) = judge("fuzz-$db", 'node', "$dir/fuzz.mjs",
		$panel->url, $document, '-H',
		'Authorization: Bearer ' . $panel->admin_token,
		'--seed', $seed, '--n', $cases);
	my ($total) = $said =~ /^(TOTAL.*)$/m;
	is($status, 0, "$db: calls do as it says: " . ($total // 'no verdict'))
		or diag($said);
	$panel->stop;
}
done_testing();
