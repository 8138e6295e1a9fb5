#!/usr/bin/perl
# nouns.t - every description of a noun is known to the doctor.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use File::Find;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my $app = source_dir() . '/app';
my ($tables) = slurp("$app/main/wiring.c")
	=~ /^(const struct noun \*const nouns.*?)^noun_auditor/ms
	or die 'no tables of nouns';
my %known = map { $_ => 1 } $tables =~ /&(\w+)/g;
# Its fields are the names of rows, no columns: there is nothing to compare.
my %rows = (tenant_settings_noun => 1);
my $n = 0;

find({ no_chdir => 1, wanted => sub {
	return unless /\.c$/;
	for my $name (slurp($_)
		=~ /^(?:static )?const struct noun (\w+) = \{$/mg) {
		next if $rows{$name};
		ok(delete $known{$name}, "$name is in a table of wiring.c");
		$n++;
	}
} }, $app);
is_deeply([sort keys %known], [], 'what stands there is described');
cmp_ok($n, '>', 20, 'the descriptions were found');
done_testing;
