#!/usr/bin/perl
# migrations.t - a migration that was published is never changed again.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# db/published.sha256 names them; a release adds its own:
#	cd db && sha256sum 00*.sql >published.sha256
use strict;
use warnings;
use Digest::SHA;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my $dir = source_dir() . '/db';
my %published = map { (split)[1, 0] } split /\n/, slurp("$dir/published.sha256");

cmp_ok(scalar keys %published, '>', 0, 'some were published');
for my $step (sort keys %published) {
	is(-e "$dir/$step" && Digest::SHA->new(256)->addfile("$dir/$step")
		->hexdigest, $published{$step}, $step);
}
done_testing;
