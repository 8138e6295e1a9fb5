#!/usr/bin/perl
# settings.t - the settings reference is what the program says.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my $build = $ENV{MPANEL_BUILD} // source_dir() . '/build';
open my $out, '-|', "$build/mpanel", 'settings', '--markdown'
	or die "mpanel: $!";
my @says = <$out>;
close $out;
is($?, 0, 'mpanel settings --markdown works without a configuration');
my @kept = split /^/m, slurp(source_dir() . '/docs/SETTINGS.md');
ok(@says > 20, 'there are settings');
is_deeply(\@kept, \@says, 'docs/SETTINGS.md is that text')
	or diag('make docs writes it anew');
done_testing();
