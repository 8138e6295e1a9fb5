#!/usr/bin/perl
# pages.t - every page as a person sees it, and what axe and vnu say of it.
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
need(Judge::is_here(), 'java or npm is missing');

my ($db) = engines();
my $panel = start_instance(db => $db, agent => 1);
my $b = MPanel::Browser->start(url => $panel->url);
note("$db, chromium $b->{version}");
my $judge = Judge->new(browser => $b, panel => $panel);
my $story = Story->new(browser => $b, panel => $panel,
	look => sub { $judge->look(@_) });

$story->run;
$story->leave;
$story->support;
$judge->verdict;
$b->stop;
done_testing();
