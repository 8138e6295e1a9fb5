#!/usr/bin/perl
# weight.t - what a browser loads beside a page is light.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use File::Find;
use FindBin;
use IO::Compress::Gzip qw(gzip $GzipError);
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my $limit = 60_000;
# templates/README.md names these two
my %budget = ('css/mpanel.css' => 7 * 1024, 'js/mpanel.js' => 3 * 1024);

# Bytes as they travel: fonts are compressed already.
sub weight
{
	my ($file) = @_;
	my $gzipped;

	return -s $file if $file =~ /\.woff2\z/;
	gzip($file => \$gzipped, -Level => 9, Minimal => 1) or die $GzipError;
	return length $gzipped;
}

my $dir = source_dir() . '/static';
my %weight;
find({ no_chdir => 1, wanted => sub {
	$weight{s{^\Q$dir\E/}{}r} = weight($_) if -f;
} }, $dir);

my $sum = 0;
$sum += $_ for values %weight;
cmp_ok($sum, '<', $limit, 'all static files together')
	or diag(map { "$weight{$_} $_\n" } sort keys %weight);
note("$sum bytes");
cmp_ok($weight{$_}, '<=', $budget{$_}, $_) for sort keys %budget;
done_testing;
