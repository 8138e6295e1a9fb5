#!/usr/bin/perl
# new_order.t - staff place orders by hand: who, what, the plan, the payment;
# with scripts, then without, and what axe and vnu say of it.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Judge;
use MPanel::Browser;
use MPanel::Orders;
use MPanel::Test;
use Story;
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');
need(Judge::is_here(), 'java or npm is missing');

my ($panel, $b, $story);

sub coupon
{
	$story->see('coupons-none', '/coupons');
	$b->follow('New coupon');
	$story->look('coupon-new');
	$b->fill('#f-code', 'spring26');
	$b->choose('#f-kind', 'percent');
	$b->fill('#f-percent', '0');
	$b->press('Make the coupon');
	$story->look('coupon-wrong', status => 422);
	$b->fill('#f-percent', '10');
	$b->fill('#f-maxUses', '100');
	$b->press('Make the coupon');
	$story->flash_is(qr/The coupon is there/, 'a coupon is made');
	like($b->text('h1'), qr/SPRING26/, 'in capitals');
}

sub new_customer
{
	$b->go('/orders');
	$b->follow('New order');
	$story->look('order-new');
	$b->fill('#f-who', 'zoe@example.com');
	$b->choose('#f-code1', 'premium');
	$b->fill('#f-domain1', "no domain");
	$b->press('Add another item');
	is($b->value('#f-domain1'), 'no domain', 'what was typed is kept');
	$b->fill('#f-name', "Zoë O'Brien");
	$b->choose('#f-code2', 'daily-backups-30d');
	$b->press('Check the order');
	$story->look('order-new-wrong', status => 422);
	like($b->text('.er'), qr/is not a domain/, 'a wrong field says so');
	$b->fill('#f-domain1', 'obrien.test');
	$b->fill('#f-coupon', 'spring26');
	$b->fill('#f-price2', '3.00');
	$b->press('Check the order');
	$story->look('order-new-plan');
	like($b->text('main'), qr/For Zoë O'Brien.*a new customer/s,
		'a new customer is named as one');
	like($b->text('main'), qr/Coupon SPRING26.*−\$6\.29.*\$56\.59/s,
		'the coupon and the total are shown');
	like($b->text('main'), qr/your price, catalogue \$4\.99/,
		"and staff's own price");
	$b->fill('#f-reference', 'RE 2026/7');
	$b->fill('#f-notes', 'Called on Friday.');
	$b->press('Place the order');
	$story->flash_is(qr/Placed ORD-\d+-\d+, \$56\.59\./, 'placed');
	$story->look('order-by-hand');
	like($b->text('main'), qr/Bank transfer.*RE 2026\/7.*Called on/s,
		'how it was paid stands there');
}

sub known_customer
{
	$b->go('/admin/customers');
	$b->follow("Zoë O'Brien");
	$b->follow('New order');
	like($b->text('main'), qr/zoe\@example\.com/, 'the customer is chosen');
	$b->choose('#f-code1', 'student');
	$b->fill('#f-domain1', 'zoe.test');
	$b->press('Check the order');
	$b->click('input[value=invoice]');
	$b->press('Place the order');
	$story->flash_is(qr/It starts when its invoice is paid/, 'on invoice');
	$story->look('order-awaiting');
	$story->see('orders-awaiting', '/orders?status=awaiting_payment');
	like($b->text('main'), qr/Awaiting payment.*zoe\.test/s, 'and waits');
}

sub several
{
	$panel->intake(contract_order('pi_bob', customerName => 'Bob O\'Neil',
		customerEmail => 'bob@example.com', primaryDomain => 'b.test'));
	ok(wait_for(30, sub { @{ $panel->get(
		'/api/admin/customers?q=bob@example.com',
		token => $panel->admin_token)->{json}{items} } }),
		'the search knows him');
	$b->go('/orders/new');
	$b->fill('#f-who', "O'");
	$b->choose('#f-code1', 'student');
	$b->press('Check the order');
	$story->look('order-new-choose', status => 422);
	like($b->text('.er'), qr/Several customers match/, 'two are alike');
	$b->click('input[name=customer]');
	$b->press('Check the order');
	like($b->text('main'), qr/Nothing has been placed yet/, 'one is chosen');
}

my ($db) = engines();
for my $js (1, 0) {
	$panel = start_instance(db => $db);
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	my $judge = Judge->new(browser => $b, panel => $panel,
		judges => $js);
	$story = Story->new(browser => $b, panel => $panel,
		look => sub { $judge->look(@_) });
	note("$db, scripts " . ($js ? 'on' : 'off'));
	$b->go('/login');
	$story->enter($panel->ready->{adminEmail},
		$panel->ready->{adminPassword});
	coupon();
	new_customer();
	known_customer();
	several();
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
