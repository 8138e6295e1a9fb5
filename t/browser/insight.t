#!/usr/bin/perl
# insight.t - what staff see of the house, and what axe and vnu say of it.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use JSON::PP ();
use Judge;
use MPanel::Browser;
use MPanel::Orders;
use MPanel::Test;
use Story;
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');
need(Judge::is_here(), 'java or npm is missing');

my ($db) = engines();
my $panel = start_instance(db => $db, agent => 0);
my $b = MPanel::Browser->start(url => $panel->url);
my $judge = Judge->new(browser => $b, panel => $panel);
my $story = Story->new(browser => $b, panel => $panel,
	look => sub { $judge->look(@_) });

$b->go('/login');
$story->enter($panel->ready->{adminEmail}, $panel->ready->{adminPassword});
$story->see('ledger-none', '/ledger');
$panel->intake(contract_order('pi_insight'));
$panel->intake(small_order('pi_insight2'));
$story->see('dashboard-suggests', '/dashboard');
like($b->text('main'), qr/There is no tax rule/, 'the dashboard suggests');
$story->see('ledger', '/ledger');
like($b->text('main'), qr/Balances.*Total in USD/s, 'the ledger balances');
$b->follow('Payment received');
$story->look('posting');
$story->see('jobs', '/jobs');
$b->follow('Send a mail');
$story->look('job');
$story->see('scheduler', '/jobs/scheduler');
$story->see('server-metrics', '/server-metrics?range=1y');
$story->see('guardian', '/admin/guardian');
like($b->text('main'), qr/Backup of the panel/, 'Guardian knows of backups');

# On a phone the row of tabs is longer than the screen.
$b->size(375, 740);
$b->go('/settings?group=customers');
is($b->script(q{
	const at = document.querySelector('.tabs [aria-current]')
		.getBoundingClientRect();
	return at.left >= 0 && at.right <= innerWidth ? at.width > 0 : 'hidden';
}), JSON::PP::true, 'the tab one is at is to be seen');
$judge->verdict;
$b->stop;
done_testing();
