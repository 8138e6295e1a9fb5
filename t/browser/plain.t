#!/usr/bin/perl
# plain.t - the same pages in a browser that runs no script.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Judge;
use MPanel::Browser;
use MPanel::Test;
use Story;
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');

my $db = (engines())[-1];
my $panel = start_instance(db => $db, agent => 1);
my $b = MPanel::Browser->start(url => $panel->url, js => 0);
note("$db, chromium $b->{version}");
my $judge = Judge->new(browser => $b, panel => $panel, judges => 0);
my $story = Story->new(browser => $b, panel => $panel,
	look => sub { $judge->look(@_) });

$story->run;
ok(!$b->has('.find kbd'), 'no script of the page has run');
$story->leave;
$story->support;
$judge->verdict;
$b->stop;
done_testing();
