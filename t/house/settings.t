#!/usr/bin/perl
# settings.t - the settings references are what the programs say.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my $build = $ENV{MPANEL_BUILD} // source_dir() . '/build';
my %page = (
	'SETTINGS.md' => ['mpanel', 'settings', '--markdown'],
	'AGENT-SETTINGS.md' => ['mpanel-agent', 'settings'],
);
for my $name (sort keys %page) {
	my ($program, @words) = @{ $page{$name} };

	open my $out, '-|', "$build/$program", @words or die "$program: $!";
	my @says = <$out>;
	close $out;
	is($?, 0, "$program @words needs no configuration");
	my @kept = split /^/m, slurp(source_dir() . "/docs/$name");
	ok(@says > 20, 'there are settings');
	is_deeply(\@kept, \@says, "docs/$name is that text")
		or diag('make docs writes it anew');
}
done_testing();
