#!/usr/bin/perl
# keyboard_order.t - an order placed by hand from the dashboard, by keyboard
# alone: what is pressed and typed is the record, and it is at most 12 steps.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Keyboard;
use MPanel::Browser;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');

my ($db) = engines();
for my $js (1, 0) {
	my $panel = start_instance(db => $db);
	$panel->intake(contract_order('pi_known', customerName => 'Ada Okonkwo',
		customerEmail => 'ada@example.com'));
	ok(wait_for(30, sub { @{ $panel->get('/api/admin/customers?q=okonkwo',
		token => $panel->admin_token)->{json}{items} } }),
		'the search knows who it is for');
	my $b = MPanel::Browser->start(url => $panel->url, js => $js);
	my $k = Keyboard->new($b);
	$k->sign_in($panel->ready);
	$k->tab_to('Skip to content');
	$k->press('Enter');
	$k->tab_to('New order');
	$k->enter;
	like($b->at, qr{^/orders/new}, 'the form is there');
	$k->type('okonkwo');
	$k->tab_to('Product');
	$k->type('Premium');
	$k->tab_to('Domain');
	$k->type('okonkwo-law.test');
	$k->enter;
	like($b->text('main'), qr/For Ada Okonkwo.*Premium.*Total/s,
		'the order is shown before it is placed');
	$k->enter;
	like($b->at, qr{^/orders/[0-9a-f-]{36}$}, 'it is placed');
	like($b->text('main'), qr/Ada Okonkwo paid \$59\.88/, 'and paid');
	$k->took(12, 'scripts ' . ($js ? 'on' : 'off'));
	$b->stop;
	$panel->stop;
}
done_testing();
